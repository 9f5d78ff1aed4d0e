using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Monorepo.Peers.Running;

/// <summary>git's own server on a loopback port, ended on disposal.</summary>
internal sealed class GitDaemon : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly int _port;

    private GitDaemon(Process process, int port)
    {
        _process = process;
        _port = port;
    }

    public string UrlOf(string repository) => $"git://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}/{repository}";

    /// <param name="runner">Whose environment it gets.</param>
    /// <param name="folder">Every repository in it is served.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<GitDaemon> StartAsync(ProgramRunner runner, string folder, CancellationToken cancellationToken)
    {
        // git daemon can't say which port it took, so we look for a free one; somebody else may take it first.
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int port = FreePort();
            ProcessStartInfo start = runner.Prepare(
                "git", folder, "daemon", "--export-all", "--reuseaddr", "--verbose", "--enable=receive-pack", "--max-connections=0", "--listen=127.0.0.1", $"--port={port.ToString(CultureInfo.InvariantCulture)}", $"--base-path={folder}");
            Process process = Process.Start(start) ?? throw new BenchmarkException("git daemon did not start");
            TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
            process.ErrorDataReceived += (_, e) =>
            {
                if (e.Data?.Contains("Ready to rumble", StringComparison.Ordinal) == true)
                    ready.TrySetResult();
            };
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            GitDaemon daemon = new(process, port);
            if (await Task.WhenAny(ready.Task, process.WaitForExitAsync(cancellationToken)).WaitAsync(s_deadline, cancellationToken) == ready.Task)
                return daemon;
            await daemon.DisposeAsync();
        }

        throw new BenchmarkException("git daemon found no free port");
    }

    // git is a wrapper: the daemon is its child.
    public async ValueTask DisposeAsync() => await _process.EndAsync(withChildren: true);

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
