using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Monorepo.Peers.Running;

/// <param name="Elapsed">From start to exit, start of the process included: what a user waits for.</param>
/// <param name="OutputBytes">What it printed.</param>
/// <param name="Errors">What it printed for people.</param>
/// <param name="PeakBytes">The most memory that it had resident at a time; of the program alone, without its children. 0 for a program that ended at once.</param>
internal sealed record ProgramOutcome(TimeSpan Elapsed, byte[] OutputBytes, string Errors, long PeakBytes)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);
}

/// <summary>Runs programs to their end, away from the user's git configuration and caches. Thread-safe.</summary>
/// <param name="folder">A place of its own.</param>
internal sealed class ProgramRunner(string folder)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(60);

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
        // No upkeep in the background: it would outlive its command, and run into the next one's time.
        start.Environment["GIT_CONFIG_COUNT"] = "2";
        start.Environment["GIT_CONFIG_KEY_0"] = "gc.auto";
        start.Environment["GIT_CONFIG_VALUE_0"] = "0";
        start.Environment["GIT_CONFIG_KEY_1"] = "maintenance.auto";
        start.Environment["GIT_CONFIG_VALUE_1"] = "false";
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(folder, "config");
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(folder, "cache");
        start.Environment["LC_ALL"] = "C";

        // A watcher outlives its command; benchmarks of it start it themselves.
        start.Environment["MR_WATCHER"] = "off";
        foreach (string role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "Bench";
            start.Environment[$"GIT_{role}_EMAIL"] = "bench@example.com";
        }

        return start;
    }

    /// <exception cref="BenchmarkException">It exited with another code than 0, or not in time.</exception>
    public Task<ProgramOutcome> RunAsync(string program, string directory, CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        RunAsync(Prepare(program, directory, arguments), inputFile: null, cancellationToken);

    /// <inheritdoc cref="RunAsync(string, string, CancellationToken, IEnumerable{string})"/>
    public async Task<ProgramOutcome> RunAsync(ProcessStartInfo start, string? inputFile, CancellationToken cancellationToken)
    {
        if (inputFile is null)
            return await RunAsync(start, static _ => Task.CompletedTask, cancellationToken);
        await using FileStream input = File.OpenRead(inputFile);
        return await RunAsync(start, stream => input.CopyToAsync(stream, cancellationToken), cancellationToken);
    }

    /// <summary>Runs a program that reads what is written for it.</summary>
    /// <inheritdoc cref="RunAsync(string, string, CancellationToken, IEnumerable{string})"/>
    public Task<ProgramOutcome> FeedAsync(ProcessStartInfo start, Action<Stream> write, CancellationToken cancellationToken) =>
        RunAsync(start, stream => Task.Run(() => write(stream), cancellationToken), cancellationToken);

    /// <summary>Runs a program several times from a shell, for what takes so little that starting it from here would count.</summary>
    /// <returns>The mean of one.</returns>
    /// <exception cref="BenchmarkException">One exited with another code than 0, or not in time.</exception>
    public async Task<TimeSpan> RepeatAsync(int times, ProcessStartInfo start, CancellationToken cancellationToken) =>
        await LoopAsync(string.Create(CultureInfo.InvariantCulture, $"i=0; while [ $i -lt {times} ]; do \"$@\" >/dev/null; i=$((i+1)); done"), start, cancellationToken) / times;

    /// <summary>As <see cref="RepeatAsync"/>, once in each of some folders.</summary>
    public async Task<TimeSpan> RepeatInAsync(IReadOnlyList<string> folders, ProcessStartInfo start, CancellationToken cancellationToken) =>
        await LoopAsync($"for folder in '{string.Join("' '", folders)}'; do cd \"$folder\"; \"$@\" >/dev/null; done", start, cancellationToken) / folders.Count;

    private async Task<TimeSpan> LoopAsync(string loop, ProcessStartInfo start, CancellationToken cancellationToken)
    {
        ProcessStartInfo shell = Prepare("/bin/sh", start.WorkingDirectory, ["-ec", loop, "sh", start.FileName, .. start.ArgumentList]);
        foreach ((string name, string? value) in start.Environment)
        {
            shell.Environment[name] = value;
        }

        return (await RunAsync(shell, inputFile: null, cancellationToken)).Elapsed;
    }

    private static async Task<ProgramOutcome> RunAsync(ProcessStartInfo start, Func<Stream, Task> writeAsync, CancellationToken cancellationToken)
    {
        string what = $"{Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}";
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_patience);
        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new BenchmarkException($"{what} did not start");
        using PeakMemory memory = new(process.Id);
        try
        {
            using MemoryStream output = new();
            Task copied = process.StandardOutput.BaseStream.CopyToAsync(output, deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            try
            {
                await writeAsync(process.StandardInput.BaseStream);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended early; its exit code and words say why.
            }

            await process.WaitForExitAsync(deadline.Token);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            await copied;
            return process.ExitCode == 0
                ? new ProgramOutcome(elapsed, output.ToArray(), await errors, memory.Bytes)
                : throw new BenchmarkException($"{what} exited with {process.ExitCode}: {await errors}");
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new BenchmarkException($"{what} did not end within {s_patience}", e);
        }
    }
}
