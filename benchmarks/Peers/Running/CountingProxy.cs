using System.Net;
using System.Net.Sockets;

namespace Monorepo.Peers.Running;

/// <summary>Stands between a client and a server on the loopback and counts what the server sends. Closed on disposal.</summary>
internal sealed class CountingProxy : IAsyncDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _targetPort;
    private readonly Task _accepting;
    private long _received;

    private CountingProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Bytes that clients were sent so far.</summary>
    public long BytesReceived => Interlocked.Read(ref _received);

    /// <summary>Stands in front of an address of this machine.</summary>
    /// <returns>The proxy, and the address to use instead.</returns>
    public static (CountingProxy Proxy, string Url) Before(string url)
    {
        UriBuilder address = new(url);
        CountingProxy proxy = new(address.Port);
        address.Port = ((IPEndPoint)proxy._listener.LocalEndpoint).Port;
        return (proxy, address.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (TcpClient server = new())
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _targetPort, _stopping.Token);
                Task up = CopyAsync(client, server, counts: false);
                await Task.WhenAll(up, CopyAsync(server, client, counts: true));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One side went away; the other sees it.
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to, bool counts)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _stopping.Token)) > 0)
            {
                if (counts)
                    Interlocked.Add(ref _received, read);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
            }
        }
        finally
        {
            if (to.Connected)
                to.Client.Shutdown(SocketShutdown.Send);
        }
    }
}
