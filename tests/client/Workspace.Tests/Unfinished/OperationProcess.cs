using System.Runtime.CompilerServices;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Unfinished;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Unfinished;

/// <summary>This test program, started again as a process that merges, rebases, aborts or the like, and prints a line when it begins and for each file.</summary>
internal static class OperationProcess
{
    private const string Variable = "MR_TEST_OPERATION";

    /// <param name="clone">Everything it needs must be in its cache.</param>
    /// <param name="what">merge, rebase, continue or abort.</param>
    /// <param name="kind">Of the operation to go on with.</param>
    public static ChildProcess Start(MergingClone clone, string what, OperationKind kind) =>
        ChildProcess.Start(Variable, $"{what}|{kind}|{clone.CommitOf("topic")}|{clone.Top}|{clone.CacheDirectory}");

    [ModuleInitializer]
    internal static void RunIfStartedToMerge()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
            return;
        string[] parts = text.Split('|', 5);
        Environment.Exit(RunAsync(parts[0], Enum.Parse<OperationKind>(parts[1]), ObjectId.Parse(parts[2]), parts[3], parts[4]).GetAwaiter().GetResult());
    }

    private static async Task<int> RunAsync(string what, OperationKind kind, ObjectId topic, string top, string cacheDirectory)
    {
        using Clone clone = Clone.Open(top);
        using ObjectCache cache = new(cacheDirectory);
        ObjectSource objects = new(cache, clone.History, null, local: clone.Local);
        WorkingCopy workingCopy = new(clone, "/none");
        await workingCopy.FinishInterruptedAsync(objects, null, CancellationToken.None);
        Console.WriteLine("begun");
        OperationRunner runner = new(clone, workingCopy, objects, MergingClone.Author, new Lines());
        OperationResumption resumption = new(clone, workingCopy, objects, MergingClone.Author, new Lines());
        OperationResult result = what switch
        {
            "merge" => await runner.MergeAsync(new MergeRequest(topic, "topic", Encoding.UTF8.GetBytes("merged\n")), CancellationToken.None),
            "rebase" => await runner.RebaseAsync(topic, topic, CancellationToken.None),
            "continue" => await resumption.ContinueAsync(kind, null, CancellationToken.None),
            _ => await resumption.AbortAsync(kind, CancellationToken.None),
        };
        return (int)result.Outcome;
    }

    private sealed class Lines : IProgress<CheckoutProgress>
    {
        public void Report(CheckoutProgress value) => Console.WriteLine(value.FilesDone);
    }
}
