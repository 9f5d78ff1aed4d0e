using System.Globalization;
using System.Text;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;

namespace Monorepo.Workspace.Tests.Operations;

/// <summary>
/// Random commands beside the simplest model there is: the whole state written down before and after each. Undo and redo must give it back to the byte; what they refuse must change nothing.
/// </summary>
public sealed class UndoPropertyTests
{
    private const int Steps = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Undo_and_redo_restore_what_was_written_down(int seed)
    {
        Random random = new(seed);
        using CommittingClone clone = await CommittingClone.CreateAsync(new RandomTrees(new Random(seed), commits: 3, filesMax: 25, textNames: true));
        Stack<(ClonedState Before, ClonedState After)> done = new();
        Stack<(ClonedState Before, ClonedState After)> undone = new();
        int undos = 0;
        for (int step = 0; step < Steps; step++)
        {
            string where = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, step {step}");
            ClonedState now = ClonedState.Of(clone);
            int operations = clone.Log().Operations.Count;
            int choice = random.Next(10);
            if (choice < 3)
            {
                UndoResult result = await clone.UndoAsync();
                undos += Check(result, now, clone, done, undone, isUndo: true, $"{where}, undo");
                continue;
            }

            if (choice < 5)
            {
                UndoResult result = await clone.RedoAsync();
                Check(result, now, clone, undone, done, isUndo: false, $"{where}, redo");
                continue;
            }

            for (int edits = random.Next(4); edits > 0; edits--)
            {
                Edit(clone, random, step);
            }

            ClonedState before = ClonedState.Of(clone);
            string command = await RunAsync(clone, random);
            ClonedState after = ClonedState.Of(clone);
            int recorded = clone.Log().Operations.Count - operations;
            Assert.True(recorded is 0 or 1, $"{where}, {command}: {recorded} operations");
            if (recorded == 1)
            {
                done.Push((before, after));
                undone.Clear();
            }
            else
            {
                Assert.True(before == after, $"{where}, {command}: changed and not recorded");
            }
        }

        Assert.True(undos > 3, $"seed {seed}: only {undos} undos");
    }

    private static int Check(
        UndoResult result, ClonedState now, CommittingClone clone, Stack<(ClonedState Before, ClonedState After)> from, Stack<(ClonedState Before, ClonedState After)> to, bool isUndo, string where)
    {
        ClonedState got = ClonedState.Of(clone);
        if (from.Count == 0)
        {
            Assert.True(result.Outcome is UndoOutcome.Nothing or UndoOutcome.FirstCheckout && got == now, $"{where}: {result.Outcome}");
            return 0;
        }

        (ClonedState Before, ClonedState After) = from.Peek();
        (ClonedState start, ClonedState end) = isUndo ? (After, Before) : (Before, After);
        if (result.Outcome == UndoOutcome.Done)
        {
            from.Pop();
            to.Push((Before, After));
            Assert.True(end.Refs == got.Refs, $"{where}, '{result.Operation!.Command}' {result.Operation.Number}:\n{end.Refs}\nis\n{got.Refs}");
            if (now.Files == start.Files)
            {
                Assert.True(end.Files == got.Files, $"{where}, operation {result.Operation.Number} {result.Operation.Traits}:\n{Difference(end.Files, got.Files)}");
            }

            return 1;
        }

        // Only edits since may stand in the way.
        Assert.True(result.Outcome == UndoOutcome.InTheWay && now.Files != start.Files, $"{where}: {result.Outcome}");
        Assert.True(got == now, $"{where}: refused, but something changed");
        return 0;
    }

    private static async Task<string> RunAsync(CommittingClone clone, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                await clone.CommitAsync("all");
                return "commit";
            case 1:
                await clone.CommitAsync("named", [[]]);
                return "commit .";
            case 2 or 3:
                await clone.CheckoutAsync(Choose(clone, random));
                return "checkout";
            case 4 or 5:
                await clone.CheckoutAsync(Choose(clone, random), force: true);
                return "checkout --force";
            case 6:
                await clone.StashAsync(untracked: random.Next(2) == 0);
                return "stash";
            default:
                await clone.PopAsync(random.Next(2), drops: random.Next(3) > 0);
                return "stash pop";
        }
    }

    private static HeadState Choose(CommittingClone clone, Random random)
    {
        using Clone opened = Clone.Open(clone.Top);
        return random.Next(3) == 0 && opened.Local.Refs.TryGetValue(CommittingClone.Main, out Core.ObjectId tip)
            ? new HeadState(CommittingClone.Main, tip)
            : new HeadState(null, opened.History.GetNode(random.Next(opened.History.Count)).Id);
    }

    private static void Edit(CommittingClone clone, Random random, int step)
    {
        string[] files = [.. Directory.EnumerateFiles(clone.Top, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/.mr/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        string path = random.Next(4) == 0 || files.Length == 0 ? Path.Combine(clone.Top, $"mine-{random.Next(4)}") : files[random.Next(files.Length)];
        switch (random.Next(5))
        {
            case 0:
                File.Delete(path);
                break;
            case 1:
                File.Delete(path);
                File.CreateSymbolicLink(path, $"target-{random.Next(3)}");
                break;
            case 2:
                File.Delete(path);
                File.WriteAllText(path, $"executable {step}");
                ClonedCommands.MakeExecutable(path);
                break;
            default:
                File.Delete(path);
                File.WriteAllText(path, $"edited {random.Next(3)}", Encoding.UTF8);
                break;
        }
    }

    private static string Difference(string expected, string actual)
    {
        string[] left = expected.Split('\n');
        string[] right = actual.Split('\n');
        return string.Join('\n', left.Except(right).Select(l => "- " + l).Concat(right.Except(left).Select(l => "+ " + l)).Take(20));
    }
}
