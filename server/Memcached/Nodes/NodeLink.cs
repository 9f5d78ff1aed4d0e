using System.Net.Security;
using System.Net.Sockets;

namespace Monorepo.Memcached.Nodes;

/// <summary>The bytes of one connection: plain, or through TLS. One sender and one receiver at a time; disposing ends both.</summary>
internal abstract class NodeLink : IDisposable
{
    /// <exception cref="SocketException">The node can't be reached.</exception>
    /// <exception cref="IOException">It went away while TLS was set up.</exception>
    /// <exception cref="System.Security.Authentication.AuthenticationException">It does not speak TLS, or its certificate is not good.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public static async Task<NodeLink> ConnectAsync(MemcachedEndpoint endpoint, MemcachedOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            if (options.Tls is not { } tls)
                return new PlainLink(socket);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            SslClientAuthenticationOptions authentication = tls();
            authentication.TargetHost = endpoint.Host;
            await stream.AuthenticateAsClientAsync(authentication, cancellationToken);
            return new TlsLink(stream);
        }
        catch
        {
            if (stream is not null)
                await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Hands all requests to the system; returns their bytes.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public abstract ValueTask<int> SendAsync(List<ArraySegment<byte>> requests);

    /// <summary>Bytes received; 0 at the end.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    public abstract void Dispose();

    private sealed class PlainLink(Socket socket) : NodeLink
    {
        public override async ValueTask<int> SendAsync(List<ArraySegment<byte>> requests)
        {
            int bytes = requests.Sum(static r => r.Count);
            return await socket.SendAsync(requests, SocketFlags.None) == bytes ? bytes : throw new IOException("The socket took only part of a request.");
        }

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => socket.ReceiveAsync(buffer, SocketFlags.None);

        public override void Dispose() => socket.Dispose();
    }

    private sealed class TlsLink(SslStream stream) : NodeLink
    {
        public override async ValueTask<int> SendAsync(List<ArraySegment<byte>> requests)
        {
            foreach (ArraySegment<byte> request in requests)
                await stream.WriteAsync(request);
            return requests.Sum(static r => r.Count);
        }

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

        public override void Dispose() => stream.Dispose();
    }
}
