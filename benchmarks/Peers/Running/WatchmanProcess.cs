using System.Diagnostics;

namespace Monorepo.Peers.Running;

/// <summary>A watchman of the benchmark's own, with its state in a folder of its own; ended on disposal.</summary>
internal sealed class WatchmanProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly string _programs;

    private WatchmanProcess(Process process, string programs)
    {
        _process = process;
        _programs = programs;
    }

    /// <summary>For measuring it.</summary>
    public int ProcessId => _process.Id;

    /// <param name="runner">Prepares the process.</param>
    /// <param name="folder">For its socket, state and log.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BenchmarkException">It did not start.</exception>
    public static async Task<WatchmanProcess> StartAsync(ProgramRunner runner, string folder, CancellationToken cancellationToken)
    {
        string programs = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        string socket = Path.Combine(folder, "sock");
        Process process = Process.Start(runner.Prepare(
            "watchman", folder, "--foreground", $"--sockname={socket}", $"--statefile={folder}/state", $"--logfile={folder}/log", $"--pidfile={folder}/pid"))
            ?? throw new BenchmarkException("watchman did not start");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        WatchmanProcess watchman = new(process, programs);
        long deadline = Environment.TickCount64 + (long)s_deadline.TotalMilliseconds;
        while (!File.Exists(socket))
        {
            if (process.HasExited || Environment.TickCount64 > deadline)
            {
                await watchman.DisposeAsync();
                throw new BenchmarkException("watchman ended before it was ready");
            }

            await Task.Delay(s_pause, cancellationToken);
        }

        // Nothing in the environment says which watchman to ask: a program before the real one does.
        string asking = Path.Combine(programs, "watchman");
        await File.WriteAllTextAsync(asking, $"#!/bin/sh\nPATH=${{PATH#*:}} exec watchman --sockname={socket} --no-spawn \"$@\"\n", cancellationToken);
        await runner.RunAsync("chmod", folder, cancellationToken, "+x", asking);
        return watchman;
    }

    /// <summary>Makes a program that runs watchman, git's hook for example, ask this one.</summary>
    public ProcessStartInfo Ask(ProcessStartInfo start)
    {
        start.Environment["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}";
        return start;
    }

    public async ValueTask DisposeAsync() => await _process.EndAsync();
}
