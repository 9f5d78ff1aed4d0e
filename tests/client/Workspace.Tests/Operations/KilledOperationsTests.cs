using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Operations;

/// <summary>kill -9 in the middle of commits, forced checkouts, stashes, undos and redos.</summary>
public sealed class KilledOperationsTests
{
    private const int Kills = 12;

    // Where the machine is busy many kills come before an operation or after it: there are more, until one came in the middle.
    private const int KillsMax = 10 * Kills;
    private const int LinesMax = 10;
    private const int WaitUsMax = 8_000;
    private static readonly TimeSpan s_lockPatience = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Nothing_is_lost_the_next_command_works_and_what_was_cut_is_in_the_log()
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(300));
        Random random = new(5);
        using CommittingClone clone = await UndoTests.CloneAsync();
        for (int commit = 0; commit < 3; commit++)
        {
            // All contents are in the cache from here on: the process has no server.
            Assert.True((await clone.CheckoutAsync(new HeadState(null, clone.Clone.History.GetNode(commit).Id))).IsDone);
        }

        clone.Write(OperationsProcess.Precious, "in the beginning");
        await clone.CommitAsync("precious", [Encoding.UTF8.GetBytes(OperationsProcess.Precious)]);
        int interrupted = 0;
        for (int kill = 0; kill < Kills || (interrupted == 0 && kill < KillsMax); kill++)
        {
            long before = clone.Log().LastNumber;
            int round = -1;
            using (ChildProcess process = OperationsProcess.Start(clone.Top, clone.Cache.DirectoryPath, kill))
            {
                for (int lines = random.Next(1, LinesMax); lines > 0; lines--, round++)
                {
                    Assert.True(await process.WaitForLineAsync(deadline.Token), $"kill {kill}: the process ended by itself");
                }

                // While the lock is held its file names the holder.
                FileInfo held = new(clone.Clone.Paths.Lock);
                SpinWait.SpinUntil(
                    () =>
                    {
                        held.Refresh();
                        return held.Length > 0;
                    },
                    s_lockPatience);
                SpinFor(TimeSpan.FromMicroseconds(random.Next(WaitUsMax)));
                process.Kill();
            }

            interrupted += await CheckAsync(clone, kill, round, before, deadline.Token);
        }

        Assert.True(interrupted > 0, "no kill came in the middle of an operation");
    }

    private static async Task<int> CheckAsync(CommittingClone clone, int kill, int round, long before, CancellationToken cancellationToken)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"kill {kill}, round {round}");
        using Clone opened = Clone.Open(clone.Top);
        ObjectSource objects = new(clone.Cache, opened.History, null, local: opened.Local);
        WorkingCopy copy = new(opened, "/none");
        await copy.FinishInterruptedAsync(objects, null, cancellationToken);
        Assert.Null(copy.Interrupted);
        OperationLog log = OperationLog.Of(opened.Paths);
        Operation[] cut = [.. log.Operations.Where(o => o.Number > before && o.Has(OperationTraits.Interrupted))];
        Assert.All(cut, o => Assert.StartsWith("mr round ", o.Command, StringComparison.Ordinal));
        Assert.True(cut.Length <= 1, where);

        // Two lines may be written and unread; of the edits only the last counts, the process itself overwrites them.
        Assert.True(Enumerable.Range(round, 20).Any(r => IsSomewhere(opened, OperationsProcess.Content(kill, r))), $"{where}: the edit is gone");
        for (int undos = 0; undos < 3; undos++)
        {
            opened.Refresh();
            ClonedState now = ClonedState.Of(clone);
            UndoResult result = await new OperationUndo(opened, copy, new ObjectSource(clone.Cache, opened.History, null, local: opened.Local)).UndoAsync(null, null, cancellationToken);
            Assert.True(result.Outcome is UndoOutcome.Done or UndoOutcome.InTheWay or UndoOutcome.FirstCheckout, $"{where}: {result.Outcome} of {result.Operation}");
            if (result.Outcome != UndoOutcome.Done)
            {
                Assert.Equal(now, ClonedState.Of(clone));
            }
        }

        Assert.True(opened.History.Contains(opened.Head.Commit!.Value), where);
        Assert.Equal(CommitOutcome.Done, (await copy.CommitAsync(new ObjectSource(clone.Cache, opened.History, null, local: opened.Local), CommittingClone.Request(where, allowEmpty: true), null, cancellationToken)).Outcome);
        return cut.Length;
    }

    private static bool IsSomewhere(Clone clone, string content)
    {
        string file = Path.Combine(clone.Paths.WorkingCopy, OperationsProcess.Precious);
        ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, Encoding.UTF8.GetBytes(content));
        using LocalStore kept = LocalStore.Open(clone.Paths.Kept);
        return (File.Exists(file) && File.ReadAllText(file) == content) || kept.TryRead(id) is not null || clone.Local.TryRead(id) is not null;
    }

    private static void SpinFor(TimeSpan time)
    {
        long end = System.Diagnostics.Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * System.Diagnostics.Stopwatch.Frequency);
        SpinWait.SpinUntil(() => System.Diagnostics.Stopwatch.GetTimestamp() >= end);
    }
}
