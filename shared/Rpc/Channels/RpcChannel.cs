using Google.Protobuf;
using Monorepo.Rpc.Channels;

namespace Monorepo.Rpc;

/// <summary>
/// A client's way to one server: HTTP/2 connections opened on first need, shared by all calls and opened again after a
/// failure. Prior-knowledge cleartext for <c>http</c>, TLS for <c>https</c>. Thread safe; one per server and process.
/// </summary>
/// <remarks>
/// Every call ends in one of three ways: its result; <see cref="RpcException"/> with the server's status, or
/// DEADLINE_EXCEEDED, or UNAVAILABLE when the transport failed; <see cref="OperationCanceledException"/> when the caller's own
/// token was cancelled. Nothing is retried here.
/// </remarks>
public sealed class RpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <param name="address">Scheme, host and port; a path is refused because the protocol has no place for it.</param>
    public RpcChannel(Uri address, RpcChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
            throw new ArgumentException($"'{address}' is not an http or https address", nameof(address));
        if (address.PathAndQuery is not ("/" or ""))
            throw new ArgumentException($"'{address}' has a path; a gRPC address is scheme, host and port", nameof(address));

        Address = address;
        Options = options ?? new RpcChannelOptions();
        _invoker = new HttpMessageInvoker(Options.HttpHandler ?? CreateHandler(Options), disposeHandler: true);
    }

    public Uri Address { get; }

    public RpcChannelOptions Options { get; }

    /// <summary>Calls a unary method and waits for its response.</summary>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        TRequest request,
        RpcCallOptions? options = null,
        CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        using RpcUnaryCall<TResponse> call = Unary(method, request, options, cancellationToken);
        return await call.ResponseAsync;
    }

    /// <summary>Starts a unary call, for callers that want its headers or trailers too.</summary>
    public RpcUnaryCall<TResponse> Unary<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        TRequest request,
        RpcCallOptions? options = null,
        CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => new(Start(method, RpcMethodKind.Unary, request, options, cancellationToken));

    /// <summary>Starts a call that answers with a stream. Dispose it, or enumerate its stream.</summary>
    public RpcServerStreamingCall<TResponse> ServerStreaming<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        TRequest request,
        RpcCallOptions? options = null,
        CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => new(Start(method, RpcMethodKind.ServerStreaming, request, options, cancellationToken));

    /// <summary>Starts a call that sends a stream.</summary>
    public RpcClientStreamingCall<TRequest, TResponse> ClientStreaming<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        RpcCallOptions? options = null,
        CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ClientCall<TRequest, TResponse> call = Start(method, RpcMethodKind.ClientStreaming, null, options, cancellationToken);
        return new RpcClientStreamingCall<TRequest, TResponse>(call, call.RequestStream!);
    }

    /// <summary>Starts a call whose two streams are independent of each other. Dispose it, or read its stream to the end.</summary>
    public RpcDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        RpcCallOptions? options = null,
        CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ClientCall<TRequest, TResponse> call = Start(method, RpcMethodKind.Duplex, null, options, cancellationToken);
        return new RpcDuplexCall<TRequest, TResponse>(call, call.RequestStream!);
    }

    /// <summary>Closes the connections. Calls in flight fail.</summary>
    public void Dispose() => _invoker.Dispose();

    private ClientCall<TRequest, TResponse> Start<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        RpcMethodKind kind,
        TRequest? request,
        RpcCallOptions? options,
        CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(method);
        if (method.Kind != kind)
            throw new ArgumentException($"{method} is {method.Kind}, not {kind}", nameof(method));
        if (request is null && kind is RpcMethodKind.Unary or RpcMethodKind.ServerStreaming)
            ArgumentNullException.ThrowIfNull(request);

        ClientCall<TRequest, TResponse> call = new(this, method, options ?? RpcCallOptions.Default, cancellationToken);
        call.Start(_invoker, request);
        return call;
    }

    private static SocketsHttpHandler CreateHandler(RpcChannelOptions options)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = options.ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = options.StreamWindowBytesInitial,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (options.IdleTimeout is { } idle)
            handler.PooledConnectionIdleTimeout = idle;
        if (options.KeepAlivePingDelay != Timeout.InfiniteTimeSpan)
        {
            handler.KeepAlivePingDelay = options.KeepAlivePingDelay;
            handler.KeepAlivePingTimeout = options.KeepAlivePingTimeout;
        }

        return handler;
    }
}
