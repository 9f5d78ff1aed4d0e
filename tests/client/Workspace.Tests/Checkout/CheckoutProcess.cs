using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>This test program, started again as a process that only checks a commit out and prints a line for each file.</summary>
internal static class CheckoutProcess
{
    private const string Variable = "MR_TEST_CHECKOUT";

    public static ChildProcess Start(string top, string repository, ObjectId commit) => ChildProcess.Start(Variable, $"{commit}|{top}|{repository}");

    [ModuleInitializer]
    internal static void RunIfStartedToCheckOut()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
            return;
        string[] parts = text.Split('|', 3);
        ObjectId commit = ObjectId.Parse(parts[0]);
        using var trees = new RandomTrees(parts[2]);
        using Clone clone = Clone.Open(parts[1]);
        CheckoutResult result = new WorkingCopy(clone, "/none")
            .CheckoutAsync(trees, trees.TreeOf(commit), new HeadState(null, commit), force: false, new Lines(), CancellationToken.None).GetAwaiter().GetResult();
        Environment.Exit(result.IsDone ? 0 : 1);
    }

    private sealed class Lines : IProgress<CheckoutProgress>
    {
        public void Report(CheckoutProgress value) => Console.WriteLine(value.FilesDone);
    }
}
