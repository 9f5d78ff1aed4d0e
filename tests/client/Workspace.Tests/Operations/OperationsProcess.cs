using System.Globalization;
using System.Runtime.CompilerServices;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Operations;

/// <summary>
/// This test program, started again as a process that edits one file and runs commands until it is killed. It prints a line after each edit, with what the file holds from then on.
/// </summary>
internal static class OperationsProcess
{
    public const string Precious = "precious";

    private const string Variable = "MR_TEST_OPERATIONS";

    public static ChildProcess Start(string top, string cache, int seed) => ChildProcess.Start(Variable, $"{seed}|{top}|{cache}");

    public static string Content(int seed, int round) => string.Create(CultureInfo.InvariantCulture, $"precious {seed} {round}");

    [ModuleInitializer]
    internal static void RunIfStartedToOperate()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
            return;
        string[] parts = text.Split('|', 3);
        Run(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2]);
    }

    // Nothing of this assembly may run on another thread before its initializer has ended, so no method here is asynchronous.
    private static void Run(int seed, string top, string cachePath)
    {
        Random random = new(seed);
        using ObjectCache cache = new(cachePath);
        for (int round = 0; ; round++)
        {
            string fresh = Path.Combine(top, ".mr", "precious.new");
            File.WriteAllText(fresh, Content(seed, round));
            File.Move(fresh, Path.Combine(top, Precious), overwrite: true);
            Console.WriteLine(round);
            using Clone clone = Clone.Open(top);
            Operate(clone, new ObjectSource(cache, clone.History, null, local: clone.Local), random, round);
        }
    }

    private static void Operate(Clone clone, ObjectSource objects, Random random, int round)
    {
        OperationCommand.Begin(string.Create(CultureInfo.InvariantCulture, $"mr round {round}"));
        WorkingCopy copy = new(clone, "/none");
        copy.FinishInterruptedAsync(objects, null, CancellationToken.None).GetAwaiter().GetResult();
        Stasher stasher = new(clone, copy, objects);
        OperationUndo undo = new(clone, copy, objects);
        switch (random.Next(7))
        {
            case 0:
                copy.CommitAsync(objects, CommittingClone.Request($"round {round}"), null, CancellationToken.None).GetAwaiter().GetResult();
                break;
            case 1 or 2:
                clone.History.TryFind(clone.Head.Commit!.Value, out CommitNode head);
                CommitNode node = clone.History.GetNode(random.Next(head.Position + 1));
                copy.CheckoutAsync(objects, node.Tree, new HeadState(null, node.Id), force: true, null, CancellationToken.None).GetAwaiter().GetResult();
                break;
            case 3:
                stasher.PushAsync(new StashRequest(null, ClonedCommands.Author, true, null), CancellationToken.None).GetAwaiter().GetResult();
                break;
            case 4:
                stasher.ApplyAsync(0, drops: true, CancellationToken.None).GetAwaiter().GetResult();
                break;
            case 5:
                undo.UndoAsync(null, null, CancellationToken.None).GetAwaiter().GetResult();
                break;
            default:
                undo.RedoAsync(null, CancellationToken.None).GetAwaiter().GetResult();
                break;
        }
    }
}
