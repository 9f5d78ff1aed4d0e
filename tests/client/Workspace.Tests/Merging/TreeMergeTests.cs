using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tests.Merging;

/// <summary>The merged tree and the conflicts must be those of <c>git merge-tree --write-tree</c>, to the id.</summary>
public sealed class TreeMergeTests
{
    private const int Rounds = 60;

    public static TheoryData<string> Shapes => [.. s_shapes.Keys];

    // What ours and theirs make of the base.
    private static readonly Dictionary<string, Action<TreeModel, TreeModel>> s_shapes = new(StringComparer.Ordinal)
    {
        ["other files"] = (ours, theirs) => (ours["a"], theirs["dir/b"]) = (Text("a", 1), Text("b", 2)),
        ["other lines"] = (ours, theirs) => (ours["a"], theirs["a"]) = (Text("a", 1), Text("a", 9)),
        ["the same line"] = (ours, theirs) => (ours["a"], theirs["a"]) = (Text("a", 5, "ours"), Text("a", 5, "theirs")),
        ["the same change"] = (ours, theirs) => (ours["a"], theirs["a"]) = (Text("a", 5), Text("a", 5)),
        ["modified and deleted"] = (ours, theirs) =>
        {
            ours["a"] = Text("a", 1);
            theirs.Remove("a");
        },
        ["deleted and modified"] = (ours, theirs) =>
        {
            ours.Remove("dir/b");
            theirs["dir/b"] = Text("b", 1);
        },
        ["both deleted"] = (ours, theirs) => _ = ours.Remove("a") && theirs.Remove("a"),
        ["added alike"] = (ours, theirs) => (ours["new"], theirs["new"]) = (Text("n", 0), Text("n", 0)),
        ["added unlike"] = (ours, theirs) => (ours["new"], theirs["new"]) = (Text("n", 1), Text("n", 2)),
        ["executable and edited"] = (ours, theirs) => (ours["a"], theirs["a"]) = (("100755", Text("a", 0).Item2), Text("a", 3)),
        ["added with other modes"] = (ours, theirs) => (ours["new"], theirs["new"]) = (("100755", "x\n"), ("100644", "x\n")),
        ["file and directory"] = (ours, theirs) =>
        {
            ours.Put("new", "a file\n");
            theirs.Put("new/inside", "a directory\n");
        },
        ["edited file and directory"] = (ours, theirs) =>
        {
            ours["a"] = Text("a", 1);
            theirs.Put("a/inside", "a directory\n");
        },
        ["file in place of a directory"] = (ours, theirs) =>
        {
            ours.Put("dir", "a file now\n");
            theirs["dir/b"] = Text("b", 1);
        },
        ["file in place of an untouched directory"] = (ours, theirs) =>
        {
            ours.Put("dir", "a file now\n");
            theirs["a"] = Text("a", 1);
        },
        ["links unlike"] = (ours, theirs) =>
        {
            ours.Put("link", "one", "120000");
            theirs.Put("link", "two", "120000");
        },
        ["link and file"] = (ours, theirs) =>
        {
            ours.Put("a", "target", "120000");
            theirs["a"] = Text("a", 1);
        },
        ["link and submodule"] = (ours, theirs) =>
        {
            ours.Put("new", "target", "120000");
            theirs.Put("new", new string('1', 40), "160000");
        },
        ["binaries unlike"] = (ours, theirs) => (ours["bin"], theirs["bin"]) = (("100644", "\0ours"), ("100644", "\0theirs")),
        ["renamed and edited"] = (ours, theirs) =>
        {
            Rename(ours, "a", "moved/a");
            theirs["a"] = Text("a", 3);
        },
        ["edited and renamed with edits"] = (ours, theirs) =>
        {
            ours["a"] = Text("a", 1);
            Rename(theirs, "a", "elsewhere");
            theirs["elsewhere"] = Text("a", 9);
        },
        ["renamed and edited at one line"] = (ours, theirs) =>
        {
            Rename(ours, "a", "other");
            ours["other"] = Text("a", 5, "ours");
            theirs["a"] = Text("a", 5, "theirs");
        },
        ["renamed and deleted"] = (ours, theirs) =>
        {
            Rename(ours, "a", "other");
            theirs.Remove("a");
        },
        ["renamed two ways"] = (ours, theirs) =>
        {
            Rename(ours, "a", "one");
            Rename(theirs, "a", "two");
        },
        ["renamed two ways with edits"] = (ours, theirs) =>
        {
            Rename(ours, "a", "one");
            ours["one"] = Text("a", 2);
            Rename(theirs, "a", "two");
            theirs["two"] = Text("a", 7);
        },
        ["renamed the same way"] = (ours, theirs) =>
        {
            Rename(ours, "a", "one");
            ours["one"] = Text("a", 2);
            Rename(theirs, "a", "one");
            theirs["one"] = Text("a", 7);
        },
        ["two renamed to one"] = (ours, theirs) =>
        {
            Rename(ours, "a", "one");
            Rename(theirs, "dir/b", "one");
        },
        ["renamed to what the other added"] = (ours, theirs) =>
        {
            Rename(ours, "a", "one");
            theirs["a"] = Text("a", 3);
            theirs["one"] = Text("another", 0);
        },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_shape_is_merged_as_git_merges_it(string shape)
    {
        TreeModel before = new() { ["a"] = Text("a", 0), ["dir/b"] = Text("b", 0), ["bin"] = ("100644", "\0before"), ["keep/c"] = Text("c", 0) };
        TreeModel ours = new(before);
        TreeModel theirs = new(before);
        s_shapes[shape](ours, theirs);
        await AssertSameAsync(before, ours, theirs, shape);
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    [InlineData(4, true, true)]
    public async Task Random_trees_are_merged_as_git_merges_them(int seed, bool renames, bool oddities)
    {
        int clean = 0;
        for (int round = 0; round < Rounds; round++)
        {
            RandomEdits edits = new(new Random((seed * 1000) + round), renames, oddities);
            TreeModel before = edits.Create(12);
            TreeModel ours = edits.Edit(before, 1 + (round % 6));
            TreeModel theirs = edits.Edit(before, 1 + (round % 5));
            clean += await AssertSameAsync(before, ours, theirs, $"seed {seed}, round {round}") ? 1 : 0;
        }

        Assert.InRange(clean, 1, Rounds - 1);
    }

    private static async Task<bool> AssertSameAsync(TreeModel before, TreeModel ours, TreeModel theirs, string which)
    {
        using BranchedTrees git = new();
        int root = git.Commit("main", before);
        git.Commit("ours", ours, root);
        git.Commit("theirs", theirs, root);
        git.Write();
        (int code, string output) = git.Try("-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "-z", "ours", "theirs");
        string[] parts = output.Split('\0');
        int end = code == 0 ? 1 : Array.IndexOf(parts, "");
        MadeObjects made = new(git.Objects);
        TreeMergeResult merged = await TreeMerge.MergeAsync(
            made, git.TreeOf("main"), git.TreeOf("ours"), git.TreeOf("theirs"), new MergeLabels("ours", "theirs"), TestContext.Current.CancellationToken);
        string told = $"{which}\n{git.Git("diff", "--raw", "--abbrev=6", "-M", "main", "ours")}\n-\n{git.Git("diff", "--raw", "--abbrev=6", "-M", "main", "theirs")}\n-\n{output.Replace('\0', '\n')}";
        Assert.True(code == (merged.IsClean ? 0 : 1), $"{told}\nwe: {string.Join('\n', merged.Notes)}");
        string[] stages = code == 0 ? [] : parts[1..end];
        Assert.True(stages.SequenceEqual(Stages(merged)), $"{told}\nwe:\n{string.Join('\n', Stages(merged))}");
        Assert.True(parts[0] == merged.Tree.ToString(), $"{told}\nwe:\n{await ListAsync(made, merged.Tree)}\ngit:\n{git.Git("ls-tree", "-r", parts[0])}");
        return code == 0;
    }

    private static IEnumerable<string> Stages(TreeMergeResult merged) => merged.Conflicts.SelectMany(static c =>
        new[] { c.Base, c.Ours, c.Theirs }
            .Select((s, i) => (Side: s, Stage: i + 1))
            .Where(static s => !s.Side.IsAbsent)
            .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Side.Mode.ToOctal()} {s.Side.Id} {s.Stage}\t{Encoding.Latin1.GetString(c.Path)}")));

    private static async Task<string> ListAsync(IObjectSource objects, ObjectId tree)
    {
        StringBuilder text = new();
        await foreach (TreeItem item in new TreeWalker(objects).ListAsync(tree))
            text.Append(CultureInfo.InvariantCulture, $"{item.Mode.ToOctal()} blob {item.Id}\t{item.PathText}\n");
        return text.ToString();
    }

    private static (string Mode, string Content) Text(string name, int changed, string who = "changed") =>
        ("100644", string.Concat(Enumerable.Range(1, 12).Select(i => i == changed ? $"{who} line {i} of {name}\n" : $"line {i} of {name} as it was\n")));

    private static void Rename(TreeModel tree, string from, string to)
    {
        (string mode, string content) = tree[from];
        tree.Remove(from);
        tree.Put(to, content, mode);
    }
}
