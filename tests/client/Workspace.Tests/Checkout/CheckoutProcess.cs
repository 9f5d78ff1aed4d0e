using System.Diagnostics;
using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>This test program, started again as a process that only checks a commit out and prints a line for each file.</summary>
internal sealed class CheckoutProcess : IDisposable
{
    private const string Variable = "MR_TEST_CHECKOUT";

    private readonly Process _process;

    private CheckoutProcess(Process process) => _process = process;

    public static CheckoutProcess Start(string top, string repository, ObjectId commit)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(CheckoutProcess).Assembly.Location);
        start.Environment[Variable] = $"{commit}|{top}|{repository}";
        return new CheckoutProcess(Process.Start(start)!);
    }

    /// <summary>Waits for the next file; false at the end.</summary>
    public async Task<bool> WaitForFileAsync(CancellationToken cancellationToken) => await _process.StandardOutput.ReadLineAsync(cancellationToken) is not null;

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

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
