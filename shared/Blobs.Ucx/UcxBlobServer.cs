using System.Net;
using Monorepo.Blobs.Ucx.Server;

namespace Monorepo.Blobs.Ucx;

/// <summary>What a server is doing, approximately: read without stopping it.</summary>
/// <param name="Sessions">Connections open.</param>
/// <param name="RequestsOpen">Requests at the source.</param>
/// <param name="RequestsServed">Replies fully handed to the network since the start.</param>
/// <param name="ReplyBytesSent">Bytes of those replies.</param>
public readonly record struct UcxBlobServerStatistics(int Sessions, int RequestsOpen, long RequestsServed, long ReplyBytesSent);

/// <summary>
/// Serves an <see cref="IBlobSource"/> over UCX active messages: one worker, one thread. Idle, it uses no CPU. Any thread may call any member.
/// </summary>
public sealed class UcxBlobServer : IAsyncDisposable
{
    private readonly ServerLoop _loop;

    private UcxBlobServer(ServerLoop loop, IPEndPoint address)
    {
        _loop = loop;
        Address = address;
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public IPEndPoint Address { get; }

    public UcxBlobServerStatistics Statistics => _loop.Statistics;

    /// <summary>Listens when it returns. The source stays the caller's.</summary>
    /// <exception cref="Native.Ucx.UcxException">The address is taken, or the fabric's devices or transports do not exist.</exception>
    /// <exception cref="InvalidOperationException">UCX can't be used here (see <see cref="Native.Ucx.UcxRuntime.TryLoad"/>).</exception>
    public static async Task<UcxBlobServer> StartAsync(UcxBlobServerSettings settings, IBlobSource source)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(source);
        settings.Validate();
        ServerLoop loop = new(settings, source);
        await loop.StartAsync();
        return new UcxBlobServer(loop, loop.Address!);
    }

    /// <summary>
    /// Refuses new requests (clients see <see cref="BlobTransportError.ShuttingDown"/>), gives open ones and
    /// the clients' goodbyes <see cref="UcxBlobServerSettings.DrainTimeoutMs"/>, then cancels and closes. Idempotent.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _loop.Post(_loop.BeginDrain);
        await _loop.Ended;
    }
}
