using System.Diagnostics;

namespace Monorepo.Workspace.Tests;

/// <summary>This test program, started again for one job that a module initializer finds in its environment; it prints a line for each step.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    /// <param name="variable">What the job looks for.</param>
    /// <param name="value">What it is told.</param>
    public static ChildProcess Start(string variable, string value)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        start.Environment[variable] = value;
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Waits for the next line; false at the end.</summary>
    public async Task<bool> WaitForLineAsync(CancellationToken cancellationToken) => await _process.StandardOutput.ReadLineAsync(cancellationToken) is not null;

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.StandardOutput.ReadToEndAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
