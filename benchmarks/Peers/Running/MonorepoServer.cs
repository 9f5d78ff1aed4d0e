using System.Diagnostics;

namespace Monorepo.Peers.Running;

/// <summary>monorepod on a free loopback port, ended on disposal.</summary>
internal sealed class MonorepoServer : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private bool _isDisposed;

    private MonorepoServer(Process process) => _process = process;

    /// <summary>http://HOST:PORT.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The line that it said when it was ready, for the report.</summary>
    public string ReadyLine { get; private set; } = "";

    /// <summary>The most memory that it had resident so far.</summary>
    public long PeakBytes => PeakMemory.Of(_process.Id);

    /// <summary>For measuring it.</summary>
    public int ProcessId => _process.Id;

    public static Task<MonorepoServer> StartAsync(ProgramRunner runner, Tools tools, string data, CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        LaunchAsync(runner.Prepare(tools.Server, data, ["--data", data, "--listen", "127.0.0.1:0", .. arguments]), cancellationToken);

    /// <summary>An edge before a history server.</summary>
    public static Task<MonorepoServer> StartEdgeAsync(
        ProgramRunner runner, Tools tools, string folder, string origin, CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        LaunchAsync(runner.Prepare(tools.Server, folder, ["--role", "blobs", "--origin", origin, "--listen", "127.0.0.1:0", .. arguments]), cancellationToken);

    private static async Task<MonorepoServer> LaunchAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        Process process = Process.Start(start) ?? throw new BenchmarkException("monorepod did not start");
        MonorepoServer server = new(process);
        TaskCompletionSource<string> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.StartsWith("ready ", StringComparison.Ordinal) == true)
                ready.TrySetResult(e.Data);
        };
        // Drained so that the server never waits for us.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Task first = await Task.WhenAny(ready.Task, process.WaitForExitAsync(cancellationToken)).WaitAsync(s_deadline, cancellationToken);
        if (first != ready.Task)
        {
            await server.DisposeAsync();
            throw new BenchmarkException("monorepod ended before it was ready");
        }

        server.ReadyLine = await ready.Task;
        server.Url = server.ReadyLine.Split(' ').First(word => word.StartsWith("grpc=", StringComparison.Ordinal))["grpc=".Length..];
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await _process.EndAsync();
    }
}
