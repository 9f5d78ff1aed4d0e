using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Monorepo.Workspace.Clones;

namespace Monorepo.Workspace.Tests.Clones;

/// <summary>This test program, started again as a process that only clones a history, pulls the rest of it little by little, and prints a line for each segment and pull.</summary>
internal static class CloneProcess
{
    /// <summary>How much the history has grown from one pull to the next: small enough for a tail of many pieces.</summary>
    private const int CommitsPerPull = 23;

    private const string Variable = "MR_TEST_CLONE";

    public static ChildProcess Start(string target, int commits) => ChildProcess.Start(Variable, $"{commits}|{target}");

    [ModuleInitializer]
    internal static void RunIfStartedToClone()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
        {
            return;
        }

        string[] parts = text.Split('|', 2);

        // Until this method ends no other thread may run this module's code, so all of it runs here.
        using BlockingCollection<Action> work = [];
        SynchronizationContext.SetSynchronizationContext(new OneThread(work));
        Task run = RunAsync(CloneTests.Line(int.Parse(parts[0], CultureInfo.InvariantCulture)), parts[1]);
        while (!run.IsCompleted)
        {
            work.Take()();
        }

        Environment.Exit(run.IsCompletedSuccessfully ? 0 : 1);
    }

    private static async Task RunAsync(FakeRemote whole, string target)
    {
        Progress<HistoryProgress> lines = new(static value => Console.WriteLine(value.Commits));
        ClonePaths paths = new(target);
        if (!File.Exists(paths.Head))
        {
            (await Clone.CreateAsync(CloneTests.Beginning(whole, whole.Commits.Count / 3), target, lines, CancellationToken.None)).Dispose();
        }

        int count;
        do
        {
            using Clone clone = Clone.Open(target);
            count = Math.Min(clone.History.Count + CommitsPerPull, whole.Commits.Count);
            await clone.PullAsync(CloneTests.Beginning(whole, count), lines, CancellationToken.None);
            Console.WriteLine("pulled");
        }
        while (count < whole.Commits.Count);
    }

    private sealed class OneThread(BlockingCollection<Action> work) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => work.Add(() => d(state));
    }
}
