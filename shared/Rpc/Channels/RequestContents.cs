using System.Buffers;
using System.Net;
using Google.Protobuf;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Channels;

/// <summary>A request body of one message. May be sent again by the handler when a connection turned out to be dead.</summary>
internal sealed class SingleMessageContent<TRequest>(TRequest request, int messageBytesMax, RpcCompression compression) : HttpContent
    where TRequest : class, IMessage<TRequest>
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        (byte[] rented, int frameBytes) = MessageWriter.Rent(ArrayPool<byte>.Shared, request, messageBytesMax, compression);
        await stream.WriteAsync(rented.AsMemory(0, frameBytes), cancellationToken);

        // Only after success: a write that failed may still be reading the buffer.
        ArrayPool<byte>.Shared.Return(rented);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}

/// <summary>A request body that lends its stream to a writer until the writer completes it or the call stops.</summary>
internal sealed class StreamingContent(CancellationToken stopToken) : HttpContent
{
    private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The request stream, once the connection is there.</summary>
    public Task<Stream> Opened => _opened.Task;

    public void Complete() => _completed.TrySetResult();

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The server must see the headers before the first message, which may only come after the server's first.
        await stream.FlushAsync(cancellationToken);
        if (!_opened.TrySetResult(stream))
            throw new IOException("the connection was lost before the server took the request stream");

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopToken);
        await _completed.Task.WaitAsync(either.Token);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
