using System.Net;
using System.Net.Sockets;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>
/// A loopback TCP relay that can stop handing on what the server sends after a number of bytes, so that a test finds a client in the middle
/// of its work at a known place. Thread-safe.
/// </summary>
internal sealed class StallingProxy : IAsyncDisposable
{
    private const int BufferBytes = 4_096;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Uri _server;
    private readonly Task _accepting;
    private long _allowedBytes;

    /// <param name="server">Where connections go on to.</param>
    /// <param name="allowedBytes">Bytes from the server before the stall, over all connections.</param>
    public StallingProxy(Uri server, long allowedBytes)
    {
        _server = server;
        _allowedBytes = allowedBytes;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Ends when the allowed bytes are through and more is there.</summary>
    public Task Stalled => _stalled.Task;

    /// <summary>No more stalls.</summary>
    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> relays = [];
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        {
            using TcpClient server = new();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server.Port, _stopping.Token);
                Task toServer = CopyAsync(client.GetStream(), server.GetStream(), counts: false);
                Task toClient = CopyAsync(server.GetStream(), client.GetStream(), counts: true);
                await Task.WhenAny(toServer, toClient);
                client.Close();
                server.Close();
                await Task.WhenAll(toServer, toClient);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // An end of either side is what the tests are about.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool counts)
    {
        byte[] buffer = new byte[BufferBytes];
        int read;
        while ((read = await from.ReadAsync(buffer, _stopping.Token)) > 0)
        {
            if (counts && Interlocked.Add(ref _allowedBytes, -read) < 0)
            {
                _stalled.TrySetResult();
                await _released.Task.WaitAsync(_stopping.Token);
            }

            await to.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }
    }
}
