using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Monorepo.Memcached.Tests.Fakes;

/// <summary>Answers every batch that ends in a no-op with the same scripted bytes, whatever it asked; then closes the connection if told so.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closed = new();
    private readonly byte[] _answer;
    private readonly bool _closeAfterAnswer;
    private readonly Task _accepting;

    public ScriptedServer(string answer, bool closeAfterAnswer = false)
    {
        _answer = Encoding.Latin1.GetBytes(answer);
        _closeAfterAnswer = closeAfterAnswer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public MemcachedEndpoint Endpoint => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_closed.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException || _closed.IsCancellationRequested)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            var request = new List<byte>();
            byte[] buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer, SocketFlags.None, _closed.Token) is var bytes and > 0)
                {
                    request.AddRange(buffer[..bytes]);
                    if (!request.TakeLast(4).SequenceEqual("mn\r\n"u8.ToArray()))
                        continue;
                    request.Clear();
                    await socket.SendAsync(_answer, SocketFlags.None, _closed.Token);
                    if (_closeAfterAnswer)
                        return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The client went away or the test ended.
            }
        }
    }
}
