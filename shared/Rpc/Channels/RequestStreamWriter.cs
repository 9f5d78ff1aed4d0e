using System.Buffers;
using Google.Protobuf;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Channels;

/// <summary>The request stream of a call. One write at a time.</summary>
internal sealed class RequestStreamWriter<TRequest>(
    StreamingContent content,
    CallLifetime lifetime,
    int messageBytesMax,
    RpcCompression compression) : IRpcClientStreamWriter<TRequest>
    where TRequest : class, IMessage<TRequest>
{
    private int _busy;
    private bool _completed;

    public async ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("another write is in progress");

        try
        {
            if (_completed)
                throw new InvalidOperationException("the request stream is complete");

            await WriteFrameAsync(message, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    public ValueTask CompleteAsync()
    {
        _completed = true;
        content.Complete();
        return ValueTask.CompletedTask;
    }

    private async Task WriteFrameAsync(TRequest message, CancellationToken cancellationToken)
    {
        if (lifetime.Reason is { } earlier)
            throw earlier;

        (byte[] rented, int frameBytes) = MessageWriter.Rent(ArrayPool<byte>.Shared, message, messageBytesMax, compression);
        using CancellationTokenRegistration registration = lifetime.RegisterCaller(cancellationToken);
        try
        {
            Stream stream = await content.Opened.WaitAsync(lifetime.Token);
            await stream.WriteAsync(rented.AsMemory(0, frameBytes), lifetime.Token);
            await stream.FlushAsync(lifetime.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException or InvalidOperationException)
        {
            throw lifetime.Reason ?? new RpcException(
                RpcStatusCode.Cancelled,
                $"the server ended {lifetime.CallName} before the request stream was complete; the response tells why",
                innerException: e);
        }

        // Only after success: a write that failed may still be reading the buffer.
        ArrayPool<byte>.Shared.Return(rented);
    }
}
