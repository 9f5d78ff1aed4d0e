using System.Diagnostics;

namespace Monorepo.Peers.Running;

/// <param name="Elapsed">From start to exit, start of the process included: what a user waits for.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it printed for people.</param>
internal sealed record ProgramOutcome(TimeSpan Elapsed, string Output, string Errors);

/// <summary>Runs programs to their end, away from the user's git configuration and caches. Thread-safe.</summary>
internal sealed class ProgramRunner(string folder)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);

    /// <summary>A start that is not run yet, with the clean environment.</summary>
    public ProcessStartInfo Prepare(string program, string directory, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(folder, "config");
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    /// <exception cref="BenchmarkException">It exited with another code than 0, or not in time.</exception>
    public Task<ProgramOutcome> RunAsync(string program, string directory, CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        RunAsync(Prepare(program, directory, arguments), inputFile: null, cancellationToken);

    /// <inheritdoc cref="RunAsync(string, string, CancellationToken, IEnumerable{string})"/>
    public async Task<ProgramOutcome> RunAsync(ProcessStartInfo start, string? inputFile, CancellationToken cancellationToken)
    {
        string what = $"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}";
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_patience);
        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new BenchmarkException($"{what} did not start");
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            if (inputFile is not null)
            {
                await using FileStream input = File.OpenRead(inputFile);
                await input.CopyToAsync(process.StandardInput.BaseStream, deadline.Token);
            }

            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            return process.ExitCode == 0
                ? new ProgramOutcome(elapsed, await output, await errors)
                : throw new BenchmarkException($"{what} exited with {process.ExitCode}: {await errors}{await output}");
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BenchmarkException($"{what} did not end within {s_patience}", e);
        }
    }
}
