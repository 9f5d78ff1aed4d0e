using System.Globalization;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Merging;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.Tests.Unfinished;

/// <summary>kill -9 during merges, rebases and aborts: the next command finds the old state or the new one, and an abort goes back to the very start.</summary>
public sealed class OperationKillTests
{
    private const int Files = 40;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, int> Kills
    {
        get
        {
            TheoryData<string, bool, int> data = [];
            foreach (string what in (string[])["merge", "rebase"])
            {
                foreach (int lines in (int[])[1, 2, 10, 39, 40])
                {
                    data.Add(what, true, lines);
                    data.Add(what, false, lines);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_killed_operation_is_finished_or_was_never_begun(string what, bool conflicts, int linesBeforeKill)
    {
        OperationKind kind = what == "merge" ? OperationKind.Merge : OperationKind.Rebase;
        using MergingClone clone = await CreateAsync(conflicts);
        List<string> before = Snapshot.Take(clone.Top);
        ObjectId? head = clone.Clone.Head.Commit;
        await KillAsync(clone, what, kind, linesBeforeKill);
        await FinishAsync(clone);
        UnfinishedOperation? stopped = clone.WorkingCopy.Unfinished.Load();
        if (stopped is null && clone.Clone.Head.Commit == head)
        {
            Assert.Equal(before, Snapshot.Take(clone.Top));
        }
        else if (conflicts)
        {
            Assert.Equal(["UU clash"], clone.OurConflicts());
            Assert.Contains("<<<<<<< HEAD", File.ReadAllText(clone.OurFile("clash")), StringComparison.Ordinal);
            await clone.Resumption.AbortAsync(kind, Token);
            Assert.Equal(before, Snapshot.Take(clone.Top));
            Assert.Equal(head, clone.Clone.Head.Commit);
        }
        else
        {
            Assert.Equal("new 7", File.ReadAllText(clone.OurFile("file7")));
        }

        await clone.AssertCleanAsync(what);
    }

    [Theory]
    [InlineData("abort", 1)]
    [InlineData("abort", 3)]
    [InlineData("abort", 20)]
    [InlineData("abort", 41)]
    [InlineData("continue", 1)]
    [InlineData("continue", 5)]
    [InlineData("continue", 15)]
    public async Task A_killed_end_can_be_run_again(string what, int linesBeforeKill)
    {
        using MergingClone clone = await CreateAsync(conflicts: true);
        List<string> before = Snapshot.Take(clone.Top);
        ObjectId? head = clone.Clone.Head.Commit;
        Assert.Equal(OperationOutcome.Stopped, (await clone.Runner.RebaseAsync(clone.CommitOf("topic"), clone.CommitOf("topic"), Token)).Outcome);
        File.WriteAllText(clone.OurFile("clash"), "resolved\n");
        if (what == "continue")
        {
            await new ConflictResolution(clone.Clone, clone.WorkingCopy, clone.Objects).ResolveAsync(["clash"u8.ToArray()], ResolvedBy.WorkingCopy, Token);
        }

        await KillAsync(clone, what, OperationKind.Rebase, linesBeforeKill);
        await FinishAsync(clone);
        if (clone.WorkingCopy.Unfinished.Load() is not null)
        {
            OperationResult again = what == "abort"
                ? await clone.Resumption.AbortAsync(OperationKind.Rebase, Token)
                : await clone.Resumption.ContinueAsync(OperationKind.Rebase, null, Token);
            Assert.Equal(OperationOutcome.Done, again.Outcome);
        }

        await clone.AssertCleanAsync(what);
        Assert.Equal("refs/heads/main", clone.Clone.Head.Branch?.Value);
        if (what == "abort")
        {
            Assert.Equal(before, Snapshot.Take(clone.Top));
            Assert.Equal(head, clone.Clone.Head.Commit);
        }
        else
        {
            Assert.Equal("resolved\n", File.ReadAllText(clone.OurFile("clash")));
            Assert.Equal("late 11", File.ReadAllText(clone.OurFile("late11")));
        }
    }

    private static async Task KillAsync(MergingClone clone, string what, OperationKind kind, int lines)
    {
        await clone.Objects.EnsureAsync([.. clone.Trees.Objects.Objects.Where(static o => o.Kind != ObjectKind.Commit).Select(static o => o.Id)], Token);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using ChildProcess process = OperationProcess.Start(clone, what, kind);
        for (int i = 0; i < lines && await process.WaitForLineAsync(deadline.Token); i++)
        {
        }

        process.Kill();
        clone.Reopen();
    }

    private static async Task FinishAsync(MergingClone clone)
    {
        CheckoutResult? finished = await clone.WorkingCopy.FinishInterruptedAsync(clone.Objects, null, Token);
        Assert.True(finished?.IsDone ?? true);
        clone.Reopen();
    }

    // Topic adds files; main clashes with it, or not, and has a commit after that.
    private static async Task<MergingClone> CreateAsync(bool conflicts)
    {
        BranchedTrees trees = new();
        TreeModel root = new() { ["clash"] = ("100644", "as it was\n") };
        for (int i = 0; i < Files; i++)
            root.Put(string.Create(CultureInfo.InvariantCulture, $"file{i}"), string.Create(CultureInfo.InvariantCulture, $"old {i}"));
        TreeModel ours = new(root) { ["clash"] = ("100644", "ours\n") };
        TreeModel theirs = new(root) { ["clash"] = ("100644", conflicts ? "theirs\n" : "as it was\n") };
        for (int i = 0; i < Files; i++)
            theirs.Put(string.Create(CultureInfo.InvariantCulture, $"file{i}"), string.Create(CultureInfo.InvariantCulture, $"new {i}"));
        TreeModel late = new(ours);
        for (int i = 0; i < Files / 2; i++)
            late.Put(string.Create(CultureInfo.InvariantCulture, $"late{i}"), string.Create(CultureInfo.InvariantCulture, $"late {i}"));
        int fork = trees.Commit("main", root);
        trees.Commit("topic", theirs, fork);
        trees.Commit("main", late, trees.Commit("main", ours, fork));
        trees.Write();
        return await MergingClone.CreateAsync(trees);
    }
}
