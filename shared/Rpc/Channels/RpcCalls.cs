using Google.Protobuf;
using Monorepo.Rpc.Channels;

namespace Monorepo.Rpc;

/// <summary>A call in progress. Disposing it before its end cancels it on the server; after its end it does nothing.</summary>
public abstract class RpcCall : IDisposable
{
    private readonly IClientCall _call;

    private protected RpcCall(IClientCall call) => _call = call;

    /// <summary>
    /// The server's initial metadata, when it has arrived; empty when the server answered with trailers only. Faults as
    /// the call does when there is no response at all.
    /// </summary>
    public Task<RpcMetadata> ResponseHeadersAsync => _call.ResponseHeadersAsync;

    /// <summary>The server's trailing metadata. Throws <see cref="InvalidOperationException"/> before the call's end.</summary>
    public RpcMetadata Trailers => _call.Trailers;

    public void Dispose()
    {
        _call.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>One request, one response.</summary>
public sealed class RpcUnaryCall<TResponse> : RpcCall
    where TResponse : class, IMessage<TResponse>
{
    internal RpcUnaryCall(IClientCall<TResponse> call)
        : base(call)
        => ResponseAsync = call.ReadSingleAsync();

    /// <summary>The response; faults with <see cref="RpcException"/> or is cancelled as the channel promises.</summary>
    public Task<TResponse> ResponseAsync { get; }
}

/// <summary>One request, a stream of responses.</summary>
public sealed class RpcServerStreamingCall<TResponse> : RpcCall
    where TResponse : class, IMessage<TResponse>
{
    internal RpcServerStreamingCall(IClientCall<TResponse> call)
        : base(call)
        => ResponseStream = call;

    public IRpcStreamReader<TResponse> ResponseStream { get; }
}

/// <summary>A stream of requests, one response.</summary>
public sealed class RpcClientStreamingCall<TRequest, TResponse> : RpcCall
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    internal RpcClientStreamingCall(IClientCall<TResponse> call, IRpcClientStreamWriter<TRequest> requestStream)
        : base(call)
    {
        RequestStream = requestStream;
        ResponseAsync = call.ReadSingleAsync();
    }

    /// <summary>
    /// A write that fails because the server ended the call early throws CANCELLED; <see cref="ResponseAsync"/> then tells
    /// the server's status.
    /// </summary>
    public IRpcClientStreamWriter<TRequest> RequestStream { get; }

    /// <summary>The response, normally after the request stream was completed.</summary>
    public Task<TResponse> ResponseAsync { get; }

    /// <summary>
    /// Sends all requests and awaits the response. When the server ends the call before it has read all of them, its
    /// status is what the caller learns, not the write that failed of it.
    /// </summary>
    public async Task<TResponse> SendAsync(IAsyncEnumerable<TRequest> requests, CancellationToken cancellationToken = default)
    {
        try
        {
            await foreach (TRequest request in requests.WithCancellation(cancellationToken))
                await RequestStream.WriteAsync(request, cancellationToken);

            await RequestStream.CompleteAsync();
        }
        catch (RpcException e) when (e.StatusCode == RpcStatusCode.Cancelled)
        {
            await ResponseAsync;
            throw;
        }

        return await ResponseAsync;
    }

    /// <inheritdoc cref="SendAsync(IAsyncEnumerable{TRequest}, CancellationToken)"/>
    public Task<TResponse> SendAsync(IEnumerable<TRequest> requests, CancellationToken cancellationToken = default)
        => SendAsync(AsAsyncEnumerable(requests), cancellationToken);

#pragma warning disable CS1998 // A sequence that is there already has nothing to await.
    private static async IAsyncEnumerable<TRequest> AsAsyncEnumerable(IEnumerable<TRequest> requests)
#pragma warning restore CS1998
    {
        foreach (TRequest request in requests)
            yield return request;
    }
}

/// <summary>A stream of requests and a stream of responses.</summary>
public sealed class RpcDuplexCall<TRequest, TResponse> : RpcCall
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    internal RpcDuplexCall(IClientCall<TResponse> call, IRpcClientStreamWriter<TRequest> requestStream)
        : base(call)
    {
        RequestStream = requestStream;
        ResponseStream = call;
    }

    /// <summary>
    /// A write that fails because the server ended the call early throws CANCELLED; reading <see cref="ResponseStream"/>
    /// to its end then tells the server's status.
    /// </summary>
    public IRpcClientStreamWriter<TRequest> RequestStream { get; }

    public IRpcStreamReader<TResponse> ResponseStream { get; }
}
