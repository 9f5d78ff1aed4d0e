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

    private long BytesReceived => Interlocked.Read(ref _received);

    /// <summary>Counts what a server sends while a program does its work, in a run of its own: the proxy costs time.</summary>
    /// <param name="parent">Of the folder that the work gets.</param>
    /// <param name="url">The server, on this machine.</param>
    /// <param name="workAsync">Gets an empty folder, and the address to use instead.</param>
    public static async Task<long> CountAsync(string parent, string url, Func<string, string, Task> workAsync)
    {
        UriBuilder address = new(url);
        await using CountingProxy proxy = new(address.Port);
        address.Port = ((IPEndPoint)proxy._listener.LocalEndpoint).Port;
        string folder = Scratch.Create(parent);
        await workAsync(folder, address.ToString());
        Scratch.Leave(folder);
        return proxy.BytesReceived;
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
