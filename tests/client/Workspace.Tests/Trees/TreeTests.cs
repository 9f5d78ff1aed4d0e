using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tests.Trees;

/// <summary>Compared with the real git over the same generated repository.</summary>
public sealed class TreeTests(ClonedRepository shared) : IClassFixture<ClonedRepository>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-r", false)]
    [InlineData("-rt", true)]
    public async Task A_listing_is_that_of_ls_tree(string option, bool withDirectories)
    {
        foreach (string tip in (string[])["main", "release", "main~20"])
        {
            List<string> lines = [];
            await foreach (TreeItem item in new TreeWalker(shared.Objects).ListAsync(Tree(tip), withDirectories, Token))
            {
                lines.Add($"{item.Mode.ToOctal()} {item.Mode.ObjectKind().ToName()} {item.Id}\t{item.PathText}");
            }

            Assert.Equal(shared.Git.Run("ls-tree", "-z", option, tip).Split('\0', StringSplitOptions.RemoveEmptyEntries), lines);
        }
    }

    [Fact]
    public async Task A_diff_is_that_of_diff_tree()
    {
        string[] commits = [.. shared.Git.Lines("rev-list", "main").Take(25)];
        for (int i = 1; i < commits.Length; i++)
        {
            string[] expected = shared.Git.Run("diff-tree", "-r", "-z", "--no-renames", commits[i], commits[0]).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(shared.Objects, Tree(commits[i]), Tree(commits[0]), Token);
            Assert.Equal(expected, changes.SelectMany(c => (string[])[$":{c.Old.Mode.ToOctal()} {c.New.Mode.ToOctal()} {c.Old.Id} {c.New.Id} {Letter(c.Kind)}", c.PathText]));
        }
    }

    [Fact]
    public async Task A_diff_with_nothing_lists_all_and_a_path_narrows_it()
    {
        int files = shared.Git.Lines("ls-tree", "-r", "main").Length;
        Assert.Equal(files, (await TreeDiff.CompareAsync(shared.Objects, null, Tree("main"), Token)).Count(c => c.Kind == TreeChangeKind.Added));
        Assert.Equal(files, (await TreeDiff.CompareAsync(shared.Objects, Tree("main"), null, Token)).Count(c => c.Kind == TreeChangeKind.Removed));
        Assert.Empty(await TreeDiff.CompareAsync(shared.Objects, Tree("main"), Tree("main"), Token));
        string[] under = shared.Git.Run("ls-tree", "-r", "-z", "--name-only", "main", "dir/sub").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(under, (await TreeDiff.CompareAsync(shared.Objects, null, Tree("main"), Token, ["dir/sub"u8.ToArray()])).Select(c => c.PathText));
    }

    [Fact]
    public async Task Changes_are_sorted_also_where_a_trees_entries_are_not()
    {
        FakeRemote remote = new();
        ObjectId blob = remote.Add(ObjectKind.Blob, "content"u8.ToArray());
        byte[] Entry(string mode, string name, ObjectId id) => [.. Encoding.ASCII.GetBytes($"{mode} {name}\0"), .. id.AsSpan()];
        ObjectId inner = remote.Add(ObjectKind.Tree, [.. Entry("100644", "z", blob), .. Entry("100644", "b", blob)]);
        ObjectId root = remote.Add(ObjectKind.Tree, [.. Entry("100644", "y", blob), .. Entry("40000", "a", inner), .. Entry("100644", "a-b", blob)]);
        using TempDirectory directory = new();
        using ObjectCache cache = new(directory.Path);
        IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(new ObjectSource(cache, null, remote), null, root, Token);
        Assert.Equal(["a-b", "a/b", "a/z", "y"], changes.Select(c => c.PathText));
    }

    [Fact]
    public async Task An_entry_is_found_by_its_path()
    {
        TreeWalker walker = new(shared.Objects);
        foreach (string line in shared.Git.Run("ls-tree", "-rt", "-z", "main").Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..];
            TreeItem? item = await walker.FindAsync(Tree("main"), Encoding.UTF8.GetBytes(path), Token);
            Assert.Equal(path, item!.Value.PathText);
            Assert.StartsWith(item.Value.Mode.ToOctal(), line, StringComparison.Ordinal);
            Assert.Contains(item.Value.Id.ToString(), line, StringComparison.Ordinal);
        }

        Assert.Null(await walker.FindAsync(Tree("main"), "nowhere"u8.ToArray(), Token));
        Assert.Null(await walker.FindAsync(Tree("main"), "z/under/a/file"u8.ToArray(), Token));
        Assert.Equal(Tree("main"), (await walker.FindAsync(Tree("main"), default, Token))!.Value.Id);
    }

    private static char Letter(TreeChangeKind kind) => kind switch
    {
        TreeChangeKind.Added => 'A',
        TreeChangeKind.Removed => 'D',
        TreeChangeKind.Modified => 'M',
        _ => 'T',
    };

    private ObjectId Tree(string revision) => ObjectId.Parse(shared.Git.Line("rev-parse", revision + "^{tree}"));
}
