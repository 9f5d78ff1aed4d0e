using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Merging;
using Monorepo.Workspace.Unfinished;
using Monorepo.Workspace.Upkeep;

namespace Monorepo.Workspace.Tests.Unfinished;

/// <summary>Random histories merged, picked, reverted and rebased by us and by git must give the same commits, to the id, and stop at the same conflicts.</summary>
public sealed class OperationsAgainstGit
{
    private const int Rounds = 12;

    private const int Fatal = 128;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Merges(int seed)
    {
        for (int round = 0; round < Rounds; round++)
        {
            string which = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {round}");
            using MergingClone clone = await MergingClone.CreateAsync(CrissCross(new Random((seed * 100) + round)));
            OperationResult result = await clone.MergeAsync("topic");
            int code = clone.TryGit("merge", "topic");
            if (await StoppedAlikeAsync(clone, code, result, which))
            {
                await ResolveAsync(clone);
                clone.Git("merge", "--continue");
                Assert.Equal(OperationOutcome.Done, (await clone.Resumption.ContinueAsync(OperationKind.Merge, null, Token)).Outcome);
            }

            await AssertEndAsync(clone, which);
        }
    }

    [Theory]
    [InlineData(OperationKind.CherryPick, 3)]
    [InlineData(OperationKind.Revert, 4)]
    [InlineData(OperationKind.Rebase, 5)]
    [InlineData(OperationKind.Rebase, 6)]
    public async Task Rows(OperationKind kind, int seed)
    {
        int conflicts = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string which = string.Create(CultureInfo.InvariantCulture, $"{kind}, seed {seed}, round {round}");
            using MergingClone clone = await MergingClone.CreateAsync(Fork(new Random((seed * 100) + round), commits: 4));
            OperationResult result = await BeginAsync(clone, kind);
            int code = BeginGit(clone, kind);
            string command = UnfinishedOperation.NameOf(kind);
            for (int step = 0; await StoppedAlikeAsync(clone, code, result, which); step++)
            {
                conflicts++;
                bool isEmpty = result.Outcome == OperationOutcome.StoppedEmpty;
                if (isEmpty || step % 3 == 2)
                {
                    code = clone.TryGit(command, "--skip");
                    if (code == Fatal)
                    {
                        // Git can't take a directory back that came in a file's place.
                        clone.Git("reset", "-q", "--hard");
                        code = Directory.Exists(clone.GitFile(".git/sequencer")) ? clone.TryGit(command, "--continue") : 0;
                    }

                    result = await clone.Resumption.SkipAsync(kind, Token);
                    continue;
                }

                await ResolveAsync(clone);
                code = clone.TryGit(command, "--continue");
                result = await clone.Resumption.ContinueAsync(kind, null, Token);
            }

            await AssertEndAsync(clone, which);
        }

        Assert.NotEqual(0, conflicts);
    }

    [Theory]
    [InlineData(OperationKind.Merge, 7)]
    [InlineData(OperationKind.CherryPick, 8)]
    [InlineData(OperationKind.Revert, 9)]
    [InlineData(OperationKind.Rebase, 10)]
    public async Task What_is_aborted_is_as_it_was(OperationKind kind, int seed)
    {
        int stopped = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string which = string.Create(CultureInfo.InvariantCulture, $"{kind}, seed {seed}, round {round}");
            using MergingClone clone = await MergingClone.CreateAsync(Fork(new Random((seed * 100) + round), commits: 3));
            OperationResult result = kind == OperationKind.Merge ? await clone.MergeAsync("topic") : await BeginAsync(clone, kind);
            if (result.Outcome is not (OperationOutcome.Stopped or OperationOutcome.StoppedEmpty))
                continue;
            stopped++;
            File.WriteAllText(clone.OurFile("mine"), "untracked\n");
            foreach (MergeConflict conflict in result.Conflicts)
            {
                string file = clone.OurFile(Encoding.UTF8.GetString(conflict.Path));
                if (File.Exists(file))
                    File.WriteAllText(file, "half resolved\n");
            }

            string[] open = clone.OurConflicts();
            List<string> files = Snapshot.Take(Path.GetDirectoryName(clone.OurFile("mine"))!);
            Assert.Equal(OperationOutcome.Done, (await clone.Resumption.AbortAsync(kind, Token)).Outcome);
            OperationUndo undo = new(clone.Clone, clone.WorkingCopy, clone.Objects);
            Assert.Equal(UndoOutcome.Done, (await undo.UndoAsync(null, null, Token)).Outcome);
            Assert.Equal(open, clone.OurConflicts());
            Assert.Equal(files, Snapshot.Take(Path.GetDirectoryName(clone.OurFile("mine"))!));
            await Assert.ThrowsAsync<CloneException>(() => undo.UndoAsync(null, null, Token));
            Assert.Equal(OperationOutcome.Done, (await clone.Resumption.AbortAsync(kind, Token)).Outcome);
            Assert.Equal("untracked\n", File.ReadAllText(clone.OurFile("mine")));
            File.Delete(clone.OurFile("mine"));
            Assert.Equal("refs/heads/main", clone.Clone.Head.Branch!.Value.Value);
            await AssertEndAsync(clone, which);
            clone.Reopen();
            await AssertEndAsync(clone, which);
        }

        Assert.NotEqual(0, stopped);
    }

    private static Task<OperationResult> BeginAsync(MergingClone clone, OperationKind kind)
    {
        ObjectId[] Commits(params string[] revisions) => [.. revisions.Select(clone.CommitOf)];
        return kind switch
        {
            OperationKind.CherryPick => clone.Runner.ApplyAsync(kind, Commits("topic~2", "topic~1", "topic"), recordsOrigin: true, Token),
            OperationKind.Revert => clone.Runner.ApplyAsync(kind, Commits("main~1", "main~2"), recordsOrigin: false, Token),
            _ => clone.Runner.RebaseAsync(clone.CommitOf("topic"), clone.CommitOf("topic"), Token),
        };
    }

    private static int BeginGit(MergingClone clone, OperationKind kind) => kind switch
    {
        OperationKind.CherryPick => clone.TryGit("cherry-pick", "-x", "topic~2", "topic~1", "topic"),
        OperationKind.Revert => clone.TryGit("revert", "--no-edit", "main~1", "main~2"),
        _ => clone.TryGit("rebase", "-q", "topic"),
    };

    // The same conflicts, the same files with the same markers.
    private static Task<bool> StoppedAlikeAsync(MergingClone clone, int code, OperationResult result, string which)
    {
        bool isStopped = result.Outcome is OperationOutcome.Stopped or OperationOutcome.StoppedEmpty;
        Assert.True((code != 0) == isStopped, $"{which}: git ended with {code}, we with {result.Outcome}: {string.Join('\n', result.Notes)}");
        Assert.True(clone.GitConflicts().SequenceEqual(clone.OurConflicts()), $"{which}\ngit: {string.Join(" | ", clone.GitConflicts())}\nwe: {string.Join(" | ", clone.OurConflicts())}");
        clone.AssertSame(which);
        return Task.FromResult(isStopped);
    }

    // Every conflict by the same file, or by none.
    private static async Task ResolveAsync(MergingClone clone)
    {
        List<byte[]> paths = [];
        foreach (string line in clone.OurConflicts())
        {
            string name = line[3..];
            bool isDeleted = line.StartsWith("DD", StringComparison.Ordinal) || !File.Exists(clone.OurFile(name)) || line.StartsWith("DU", StringComparison.Ordinal);
            foreach (string file in (string[])[clone.OurFile(name), clone.GitFile(name)])
            {
                if (File.Exists(file))
                    File.Delete(file);
                if (!isDeleted)
                    File.WriteAllText(file, $"{name} resolved\n");
            }

            clone.Git(isDeleted ? ["rm", "-q", "--cached", "--ignore-unmatch", "--", name] : ["add", "--", name]);
            paths.Add(Encoding.Latin1.GetBytes(name));
        }

        if (paths.Count > 0)
        {
            ResolutionResult? resolved = await new ConflictResolution(clone.Clone, clone.WorkingCopy, clone.Objects).ResolveAsync(paths, ResolvedBy.WorkingCopy, Token);
            Assert.Equal(0, resolved!.OpenCount);
        }
    }

    private static async Task AssertEndAsync(MergingClone clone, string which)
    {
        clone.AssertSame(which);
        await clone.AssertCleanAsync(which);
        Assert.Equal("main", clone.Clone.Head.Branch!.Value.Short);

        // The commit that kept a conflicted tree goes when nothing can be undone to it.
        File.Delete(clone.Clone.Paths.Operations);
        DateTimeOffset tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        GarbageCollector.Collect(clone.Clone, tomorrow, tomorrow, isDryRun: false);
        Assert.DoesNotContain(clone.Clone.Local.ReadCommits(), static c => Encoding.UTF8.GetString(c.Body.Span).Contains("unfinished", StringComparison.Ordinal));
    }

    private static BranchedTrees Fork(Random random, int commits)
    {
        BranchedTrees trees = new();
        RandomEdits edits = new(random, renames: true, oddities: false, directories: random.Next(2) == 0);
        TreeModel root = edits.Create(10);
        int fork = trees.Commit("main", root);
        (TreeModel ours, TreeModel theirs) = (root, root);
        (int main, int topic) = (fork, fork);
        for (int i = 0; i < commits; i++)
        {
            main = trees.Commit("main", ours = edits.Edit(ours, random.Next(1, 4)), main);
            topic = trees.Commit("topic", theirs = edits.Edit(theirs, random.Next(1, 4)), topic);
        }

        trees.Write();
        return trees;
    }

    // Two branches that merged each other twice, so that they have two merge bases.
    private static BranchedTrees CrissCross(Random random)
    {
        BranchedTrees trees = new();
        RandomEdits edits = new(random, renames: random.Next(2) == 0, oddities: false, directories: random.Next(2) == 0);
        TreeModel root = edits.Create(10);
        TreeModel ours = edits.Edit(root, 3);
        TreeModel theirs = edits.Edit(root, 3);
        int fork = trees.Commit("main", root);
        int left = trees.Commit("main", ours, fork);
        int right = trees.Commit("topic", theirs, fork);
        if (random.Next(2) == 0)
        {
            // What a person may have made of the two: some of each.
            TreeModel both = new(ours);
            foreach ((string path, (string mode, string content)) in theirs.Where(_ => random.Next(2) == 0))
                both.Put(path, content, mode);
            (left, right) = (trees.Commit("main", ours = both, left, right), trees.Commit("topic", theirs = edits.Edit(both, 1), right, left));
        }

        trees.Commit("main", edits.Edit(ours, 2), left);
        trees.Commit("topic", edits.Edit(theirs, 2), right);
        trees.Write();
        return trees;
    }
}
