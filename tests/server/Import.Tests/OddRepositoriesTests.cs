using System.Text;
using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.Import.Tests;

/// <summary>Every shape of history that git allows comes over byte for byte.</summary>
public sealed class OddRepositoriesTests : IDisposable
{
    private readonly SourceRepository _source = new();
    private readonly ImportFixture _target = new();

    public void Dispose() => _source.Dispose();

    [Fact]
    public async Task An_octopus_merge()
    {
        _source.Commit("root", ("a", "1"), ("d/x", "1"));
        foreach (string branch in new[] { "one", "two", "three" })
        {
            _source.Git("checkout", "-q", "-b", branch, "main");
            _source.Commit(branch, ("d/" + branch, branch));
        }

        _source.Git("checkout", "-q", "main");
        _source.Git("merge", "-q", "--no-ff", "-m", "octopus", "one", "two", "three");
        await AssertImportedAsync();
    }

    [Fact]
    public async Task Empty_commits_and_an_empty_root_tree()
    {
        _source.Commit("nothing");
        _source.Commit("nothing again");
        await AssertImportedAsync();
    }

    [Fact]
    public async Task Annotated_tags_of_commits_tags_trees_and_blobs()
    {
        _source.Commit("root", ("a", "1"));
        string blob = Encoding.ASCII.GetString(_source.Run("only the tag has it"u8.ToArray(), "hash-object", "-w", "--stdin")).Trim();
        string tree = Encoding.ASCII.GetString(_source.Run(Encoding.ASCII.GetBytes($"100644 blob {blob}\tonly\n"), "mktree")).Trim();
        _source.Git("tag", "-a", "-m", "note", "v1");
        _source.Git("tag", "-a", "-m", "of a tag", "v1-of-tag", "v1");
        _source.Git("tag", "-a", "-m", "of a tree", "of-tree", tree);
        _source.Git("tag", "-a", "-m", "of a blob", "of-blob", blob);
        _source.Git("tag", "light");
        _source.Git("tag", "light-blob", blob);
        _source.Git("update-ref", "refs/other/tree", tree);
        await AssertImportedAsync();
    }

    [Fact]
    public async Task A_tag_object_that_holds_a_signature()
    {
        string commit = _source.Commit("root", ("a", "1"));
        ObjectId tag = _source.WriteObject("tag", Encoding.ASCII.GetBytes(
            $"object {commit}\ntype commit\ntag signed\ntagger T <t@example.org> 1 -0000\n\nmessage\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"));
        _source.Git("update-ref", "refs/tags/signed", tag.ToString());
        await AssertImportedAsync();
    }

    [Fact]
    public async Task Submodules_symbolic_links_and_executables()
    {
        string blob = _source.Git("hash-object", "-w", "--stdin");
        string tree = Encoding.ASCII.GetString(_source.Run(
            Encoding.ASCII.GetBytes(
                $"100755 blob {blob}\trun\n120000 blob {blob}\tlink\n160000 commit {new string('a', 40)}\tmodule\n100644 blob {blob}\tfile\n"),
            "mktree")).Trim();
        _source.Git("update-ref", "refs/heads/main", _source.Git("commit-tree", "-m", "odd modes", tree));
        await AssertImportedAsync();
    }

    [Fact]
    public async Task Several_roots_and_unrelated_branches()
    {
        _source.Commit("root", ("a", "1"));
        _source.Git("checkout", "-q", "--orphan", "other");
        _source.Commit("another root", ("b/c", "2"));
        _source.Git("checkout", "-q", "main");
        _source.Git("merge", "-q", "--allow-unrelated-histories", "-m", "joined", "other");
        await AssertImportedAsync();
    }

    [Fact]
    public async Task Names_and_messages_that_are_not_UTF8_and_strange_headers()
    {
        ObjectId blob = _source.WriteObject("blob", new byte[] { 0, 255, 254 });
        ObjectId tree = _source.WriteObject("tree", (byte[])[.. "100644 caf"u8, 0xe9, 0, .. blob.AsSpan()]);
        ObjectId commit = _source.WriteObject("commit", (byte[])
        [
            .. Encoding.ASCII.GetBytes($"tree {tree}\nauthor T <t@example.org> 1 -0000\ncommitter T <t@example.org> 1 +0000\nencoding ISO-8859-1\nstrange header\n with two lines\n\ncaf"),
            0xe9,
        ]);
        _source.Git("update-ref", "refs/heads/main", commit.ToString());
        await AssertImportedAsync();
    }

    [Fact]
    public async Task A_detached_HEAD_names_no_default_branch()
    {
        _source.Commit("root", ("a", "1"));
        _source.Git("checkout", "-q", "--detach");
        _source.Commit("on no branch", ("a", "2"));
        ImportResult result = await AssertImportedAsync();
        Assert.Equal(1, result.Commits);
        Assert.Null(result.DefaultBranch);
    }

    [Fact]
    public async Task An_empty_repository_is_no_error_and_names_its_branch()
    {
        ImportResult result = await _target.ImportAsync(_source);
        IRepository repository = await _target.OpenAsync();
        Assert.Equal((0, 0), (result.Commits, result.Refs.Count));
        Assert.Equal("refs/heads/main", (await repository.Refs.ReadAsync(default)).DefaultBranch?.Value);
    }

    [Fact]
    public async Task A_linked_worktree_an_alternate_and_a_bare_clone_are_the_same_source()
    {
        _source.Commit("root", ("a", "1"));
        _source.Git("gc", "-q");
        _source.Git("worktree", "add", "-q", "-b", "side", _source.Beside("linked"));
        _source.Git("clone", "-q", "--bare", "--shared", _source.Path, _source.Beside("bare.git"));
        foreach (string place in new[] { "linked", "bare.git" })
        {
            var target = new ImportFixture();
            await target.ImportAsync(_source.Beside(place), _source.Beside("work"));
            await ImportAssert.SameAsync(_source.Beside(place), await target.OpenAsync());
        }
    }

    private async Task<ImportResult> AssertImportedAsync()
    {
        ImportResult result = await _target.ImportAsync(_source);
        await ImportAssert.SameAsync(_source.Path, await _target.OpenAsync());
        return result;
    }
}
