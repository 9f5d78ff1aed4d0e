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
    private int _calls;

    private UcxBlobTransport(UcxBlobClientSettings settings, ClientLoop loop)
    {
        _settings = settings;
        _loop = loop;
    }

    public string Name => "ucx";

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
        ClientLoop loop = new(settings);
        try
        {
            await loop.StartAsync();
        }
        catch (UcxException e)
        {
            throw new BlobTransportException(BlobTransportError.NotAvailable, "UCX has no such devices or transports here.", e);
        }

        UcxBlobTransport transport = new(settings, loop);
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
            ClientRequest request = new(repository, ids.Span, options, Environment.TickCount64 + _settings.RequestTimeoutMs);
            _loop.Post(() => _loop.Submit(request));
            NativeBytes stream;
            using (cancellationToken.UnsafeRegister(
                (_, token) => _loop.Post(() => _loop.Cancel(request, token)), null))
            {
                stream = await request.Reply;
            }

            WireError error = ReplyStream.Read(stream.Memory, ids.Length, out BlobEntry[]? entries);
            if (error == WireError.None)
                return new BlobReply(entries, stream);
            stream.Dispose();
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
    }
}
