using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using Monorepo.Core;

namespace Monorepo.Blobs.Ucx.Tests;

/// <summary>
/// A blob server in a process of its own, to be killed and stopped. It answers every id with the id's own bytes, except those starting
/// with <see cref="StuckByte"/>: for these it says "stuck" on standard output and never answers.
/// </summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    internal const string Verb = "--serve-blobs";
    internal const byte StuckByte = 0xFF;

    private const int SignalContinue = 18;
    private const int SignalStop = 19;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    internal int Port { get; }

    internal UcxBlobClientSettings ClientSettings => new() { Address = new IPEndPoint(IPAddress.Loopback, Port), Token = UcxHarness.Token };

    /// <param name="port">0: any.</param>
    internal static async Task<ServerProcess> StartAsync(int port = 0)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        start.ArgumentList.Add(Verb);
        start.ArgumentList.Add(port.ToString());
        Process process = Process.Start(start)!;
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
        Assert.True(int.TryParse(line, out int bound), $"The server process said '{line}' instead of its port.");
        return new ServerProcess(process, bound);
    }

    /// <summary>The other side: what the process does. Ends when its standard input does.</summary>
    internal static async Task<int> ServeAsync(int port)
    {
        UcxBlobServerSettings settings = UcxHarness.ServerSettings with { Address = new IPEndPoint(IPAddress.Loopback, port) };
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(settings, new EchoSource());
        await Console.Out.WriteLineAsync(server.Address.Port.ToString());
        await Console.In.ReadToEndAsync();
        return 0;
    }

    /// <summary>Returns when a stuck id has reached the source.</summary>
    internal async Task WaitUntilStuckAsync() =>
        Assert.Equal("stuck", await _process.StandardOutput.ReadLineAsync().WaitAsync(s_patience));

    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(s_patience);
    }

    internal void Stop() => Assert.Equal(0, kill(_process.Id, SignalStop));

    internal void Continue() => Assert.Equal(0, kill(_process.Id, SignalContinue));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int processId, int signal);

    private sealed class EchoSource : IBlobSource
    {
        public async ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
        {
            if (ids.Span[0].AsSpan()[0] == StuckByte)
            {
                await Console.Out.WriteLineAsync("stuck");
                await new TaskCompletionSource().Task;
            }

            BlobEntry[] entries = new BlobEntry[ids.Length];
            for (int i = 0; i < entries.Length; i++)
                entries[i] = BlobEntry.Found(ids.Span[i].AsSpan().ToArray());
            return new BlobBatch(entries, null);
        }
    }
}
