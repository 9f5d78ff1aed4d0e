using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Ucx.Client;
using Monorepo.Blobs.Wire;
using Monorepo.Core;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

/// <summary>
/// The blob plane over UCX active messages: one worker, one thread, one connection for all callers. Idle, it uses no CPU.
/// Envelopes are received into native memory, which the reply owns.
/// </summary>
public sealed class UcxBlobTransport : IBlobTransport
{
    private readonly UcxBlobClientSettings _settings;
    private readonly ClientLoop _loop;
    private readonly BufferPool _pool;
    private int _calls;

    private UcxBlobTransport(UcxBlobClientSettings settings, ClientLoop loop, BufferPool pool)
    {
        _settings = settings;
        _loop = loop;
        _pool = pool;
    }

    public string Name => "ucx";

    /// <summary>Native memory of requests and of replies that are not disposed yet.</summary>
    public MemoryStatistics Memory => _pool.Arena.Statistics;

    /// <summary>Buffers of this transport that somebody still holds.</summary>
    internal int BuffersOutstanding => _pool.Outstanding;

    /// <summary>
    /// Connects and shows the token, so that a caller learns at once whether to use another transport. Later calls connect anew when they must.
    /// </summary>
    /// <exception cref="BlobTransportException">
    /// <see cref="BlobTransportError.NotAvailable"/> without a usable library or the fabric's devices;
    /// <see cref="BlobTransportError.Unreachable"/>; <see cref="BlobTransportError.Unauthorized"/>.
    /// </exception>
    public static async Task<UcxBlobTransport> ConnectAsync(UcxBlobClientSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        UcxLoad load = UcxRuntime.TryLoad();
        if (!load.IsUsable)
            throw new BlobTransportException(BlobTransportError.NotAvailable, load.Problem!);
        BufferPool pool = new(new NativeArena(settings.MemoryBytes), "ucx-blob-client", ownsArena: true);
        ClientLoop loop = new(settings, pool);
        try
        {
            await loop.StartAsync();
        }
        catch (UcxException e)
        {
            pool.Dispose();
            throw new BlobTransportException(BlobTransportError.NotAvailable, "UCX has no such devices or transports here.", e);
        }

        UcxBlobTransport transport = new(settings, loop, pool);
        try
        {
            TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(() => loop.Connect(connected));
            await connected.Task.WaitAsync(cancellationToken);
            return transport;
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        BlobRequestRules.ThrowIfTooMany(ids.Length);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (Interlocked.Increment(ref _calls) > _settings.CallsMax)
                throw new BlobTransportException(BlobTransportError.Overloaded, $"{_settings.CallsMax} calls are in flight already.");
            ClientRequest request = new(repository, ids, options, Environment.TickCount64 + _settings.RequestTimeoutMs, _settings.CompletesInline);
            _loop.Post(() => _loop.Submit(request));
            NativeBuffer stream;
            using (cancellationToken.CanBeCanceled
                ? cancellationToken.UnsafeRegister((_, token) => _loop.Post(() => _loop.Cancel(request, token)), null)
                : default)
            {
                stream = await request.Reply.ConfigureAwait(false);
            }

            WireError error = ReplyStream.Read(stream.Memory, ids.Length, out BlobEntry[]? entries);
            if (error == WireError.None)
                return new BlobReply(entries, stream);
            stream.Release();
            throw new BlobTransportException(BlobTransportError.Protocol, $"The reply can't be read ({error}).");
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>Fails what is in flight with <see cref="BlobTransportError.Closed"/>, closes the connection and ends the thread. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        _loop.Post(_loop.BeginClose);
        await _loop.Ended;
        // Replies that callers still hold keep their memory; the last one to go takes the arena with it. What UCX holds is leaked.
        if (_loop.GaveEverythingBack)
            _pool.Dispose();
    }
}
