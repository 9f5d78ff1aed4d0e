using System.Text.RegularExpressions;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Policy;
using static Monorepo.History.Tests.Push.PushRun;

namespace Monorepo.History.Tests.Push;

public sealed class PolicyTests
{
    private const string Main = "refs/heads/main";

    private static readonly GitObject s_blob = GitObject.Blob("x");
    private static readonly GitObject s_big = GitObject.Blob(new string('y', 5_000));
    private static readonly GitObject s_folder = GitObject.Tree(("old.exe", s_blob));
    private static readonly GitObject s_tree = GitObject.Tree(("a", s_blob), ("bin", s_folder));
    private static readonly GitObject s_first = GitObject.Commit(s_tree, "first");

    [Fact]
    public async Task A_broken_rule_names_itself_the_path_and_the_commit()
    {
        PushPolicy policy = new()
        {
            FileBytesMax = 1_000,
            PathBytesMax = 20,
            ForbiddenPaths = [PathPattern.Parse("*.exe"), PathPattern.Parse("secrets/")],
            RefusesCaseCollisions = true,
            MessagePattern = new Regex("^(first|ok)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)),
        };
        await using TestServer server = await StartAsync(policy);
        await AssertRefused(server, "ok", "maxFileBytes", "'big' of 5000 bytes", ("a", s_blob), ("big", s_big), ("bin", s_folder));
        await AssertRefused(server, "ok", "maxPathBytes", "a path of 21 bytes", ("a", s_blob), (new string('p', 21), s_blob));
        await AssertRefused(server, "ok", "forbiddenPaths rule '*.exe'", "'bin/new.exe'", ("a", s_blob), ("bin", GitObject.Tree(("new.exe", s_blob), ("old.exe", s_blob))));
        await AssertRefused(server, "ok", "forbiddenPaths rule 'secrets/'", "'secrets/k'", ("a", s_blob), ("secrets", GitObject.Tree(("k", s_blob))));
        await AssertRefused(server, "ok", "caseCollisions", "'A' and 'a'", ("a", s_blob), ("A", s_blob));
        await AssertRefused(server, "bad", "messagePattern", "^(first|ok)", ("a", s_big));

        // A directory that moves brings new paths.
        await AssertRefused(server, "ok", "'*.exe'", "'moved/old.exe'", ("a", s_blob), ("moved", s_folder));

        // What was there before a rule may stay, and go.
        GitObject tree = GitObject.Tree(("b", s_blob), ("bin", s_folder));
        GitObject commit = GitObject.Commit(tree, "ok", s_first);
        Assert.True((await server.PushAsync([commit, tree], Update(Main, s_first, commit))).Accepted);
        GitObject without = GitObject.Commit(GitObject.Tree(("b", s_blob)), "ok", commit);
        Assert.True((await server.PushAsync([without, GitObject.Tree(("b", s_blob))], Update(Main, commit, without))).Accepted);
    }

    [Fact]
    public async Task Only_refs_that_would_show_the_commit_are_blamed()
    {
        await using TestServer server = await StartAsync(new PushPolicy { MessagePattern = new Regex("ok", RegexOptions.None, TimeSpan.FromSeconds(1)) });
        GitObject bad = GitObject.Commit(s_tree, "bad", s_first);
        GitObject after = GitObject.Commit(s_tree, "ok after", bad);
        GitObject good = GitObject.Commit(s_tree, "ok", s_first);
        PushResponse response = await server.PushAsync(
            [bad, good, after], Update(Main, s_first, good), Update("refs/heads/x", null, after), Update("refs/tags/t", null, bad));
        Assert.Equal([PushOutcome.NotAttempted, PushOutcome.CheckFailed, PushOutcome.CheckFailed], response.Outcomes());
        Assert.Equal(s_first.Id, await server.RefAsync(Main));
    }

    [Fact]
    public async Task Two_pushes_that_collide_only_when_they_meet_are_refused_by_the_rebase()
    {
        await using TestServer server = await StartAsync(new PushPolicy { RefusesCaseCollisions = true });
        (GitObject commit, GitObject tree)[] pushes = [.. new[] { "Ä.txt", "ä.txt" }.Select(name =>
        {
            GitObject tree = GitObject.Tree(("a", s_blob), (name, s_blob), ("bin", s_folder));
            return (GitObject.Commit(tree, name, s_first), tree);
        })];
        Assert.True((await server.PushAsync([pushes[0].commit, pushes[0].tree], Update(Main, s_first, pushes[0].commit))).Accepted);
        PushResponse second = await server.PushAsync([pushes[1].commit, pushes[1].tree], Update(Main, s_first, pushes[1].commit, PushRebase.Always));
        Assert.Equal([PushOutcome.Conflict], second.Outcomes());
        Assert.Equal(["ä.txt"], second.Results[0].Conflicts.Select(c => c.ToStringUtf8()));
    }

    [Fact]
    public async Task Protected_refs_go_forward_only_and_closed_ones_not_at_all()
    {
        RefRule[] rules =
        [
            new() { Pattern = PathPattern.Parse("refs/heads/main"), IsProtected = true },
            new() { Pattern = PathPattern.Parse("refs/heads/release/*"), RefusesPushes = true },
        ];
        await using TestServer server = await StartAsync(new PushPolicy { Refs = rules });
        GitObject second = GitObject.Commit(s_tree, "second", s_first);
        GitObject other = GitObject.Commit(s_tree, "other");
        Assert.Equal([PushOutcome.Protected], (await server.PushAsync([other], Update(Main, s_first, other, force: true))).Outcomes());
        Assert.Equal([PushOutcome.Protected], (await server.PushAsync([], Update(Main, s_first, null))).Outcomes());
        Assert.Equal([PushOutcome.Updated], (await server.PushAsync([second], Update(Main, s_first, second))).Outcomes());
        PushResponse closed = await server.PushAsync([], Update("refs/heads/release/1", null, second));
        Assert.Equal([PushOutcome.Protected], closed.Outcomes());
        Assert.Contains("refs/heads/release/*", closed.Results[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*.exe", "a/b.exe", true)]
    [InlineData("*.exe", "b.exe", true)]
    [InlineData("*.exe", "b.exe.txt", false)]
    [InlineData("secrets/", "secrets", false)]
    [InlineData("secrets/", "a/secrets/k", true)]
    [InlineData("/secrets/", "a/secrets/k", false)]
    [InlineData("a/*.c", "a/x.c", true)]
    [InlineData("a/*.c", "a/b/x.c", false)]
    [InlineData("a/**/x", "a/x", true)]
    [InlineData("a/**/x", "a/b/c/x", true)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("**", "anything/at/all", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a/c", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("refs/heads/main", "refs/heads/main2", false)]
    public void Patterns_match_names_and_paths(string pattern, string path, bool matches) =>
        Assert.Equal(matches, PathPattern.Parse(pattern).IsMatch(path));

    private static async Task AssertRefused(TestServer server, string message, string rule, string detail, params (string Name, GitObject Object)[] entries)
    {
        GitObject tree = GitObject.Tree(entries);
        GitObject commit = GitObject.Commit(tree, message, s_first);
        GitObject[] objects = [commit, tree, s_big, .. entries.Select(e => e.Object), s_blob];
        string before = await server.StateAsync(objects.Select(o => o.Id));
        PushResponse response = await server.PushAsync(objects, Update(Main, s_first, commit));
        Assert.Equal([PushOutcome.CheckFailed], response.Outcomes());
        Assert.Contains(rule, response.Results[0].Message, StringComparison.Ordinal);
        Assert.Contains(detail, response.Results[0].Message, StringComparison.Ordinal);
        Assert.Contains(commit.Id.Abbreviate(10), response.Results[0].Message, StringComparison.Ordinal);
        Assert.Equal(before, await server.StateAsync(objects.Select(o => o.Id)));
    }

    private static async Task<TestServer> StartAsync(PushPolicy policy)
    {
        TestServer server = await TestServer.StartAsync(policy: policy);
        await server.FillAsync([s_blob, s_folder, s_tree, s_first], (Main, s_first));
        return server;
    }
}
