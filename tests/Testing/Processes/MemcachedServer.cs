using System.Diagnostics;
using System.Globalization;

namespace Monorepo.Testing.Processes;

/// <summary>
/// A real memcached process on a loopback port, killed on disposal. Not thread-safe. All waits have a deadline of <see cref="Deadline"/>.
/// </summary>
public sealed class MemcachedServer : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly string[] Programs = ["/usr/bin/memcached", "/usr/local/bin/memcached"];

    private readonly string _folder;
    private readonly string[] _arguments;
    private Process? _process;

    private MemcachedServer(string folder, string[] arguments)
    {
        _folder = folder;
        _arguments = arguments;
    }

    /// <summary>Always 127.0.0.1.</summary>
    public string Host => "127.0.0.1";

    /// <summary>The port it listens on; the same after <see cref="RestartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Why no server can be started here, for <c>Assert.Skip</c>; null when one can.</summary>
    public static string? WhyUnavailable => Array.Exists(Programs, File.Exists) ? null : "memcached is not installed (Debian package memcached).";

    /// <summary>Starts one on a free port with 64 MiB.</summary>
    /// <param name="arguments">Further command-line arguments, such as "-I", "2m".</param>
    public static async Task<MemcachedServer> StartAsync(params string[] arguments)
    {
        var server = new MemcachedServer(Directory.CreateTempSubdirectory("memcached-").FullName, arguments);
        try
        {
            await server.LaunchAsync(port: -1);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        using var deadline = new CancellationTokenSource(Deadline);
        _process.Kill();
        await _process.WaitForExitAsync(deadline.Token);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts an empty server on the same port; the old process must have been killed.</summary>
    public Task RestartAsync() => LaunchAsync(Port);

    /// <summary>SIGSTOP: the kernel still accepts connections, nobody answers.</summary>
    public Task PauseAsync() => SignalAsync("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("-CONT");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task LaunchAsync(int port)
    {
        string portFile = Path.Combine(_folder, "port");
        File.Delete(portFile);
        using var watcher = new FileSystemWatcher(_folder);
        var appeared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, e) => Signal(e);
        watcher.Renamed += (_, e) => Signal(e);
        watcher.EnableRaisingEvents = true;

        // memcached reads -p -1 as "any free port" (0 turns TCP off), writes the one it got to this file, and renames it in place when it listens.
        var start = new ProcessStartInfo("memcached", ["-l", Host, "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "0", "-m", "64", .. _arguments]);
        start.Environment["MEMCACHED_PORT_FILENAME"] = portFile;
        if (Environment.IsPrivilegedProcess)
        {
            start.ArgumentList.Add("-u");
            start.ArgumentList.Add("root");
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("memcached did not start.");
        Task first = await Task.WhenAny(appeared.Task, _process.WaitForExitAsync()).WaitAsync(Deadline);
        if (first != appeared.Task)
            throw new InvalidOperationException($"memcached ended with code {_process.ExitCode} before it listened.");
        string[] words = (await File.ReadAllTextAsync(portFile)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Port = int.Parse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture);

        void Signal(FileSystemEventArgs change)
        {
            if (string.Equals(change.Name, "port", StringComparison.Ordinal))
                appeared.TrySetResult();
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Deadline);
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"kill {signal} failed.");
    }
}
