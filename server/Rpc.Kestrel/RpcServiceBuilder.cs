using Google.Protobuf;
using Monorepo.Rpc.Kestrel.Calls;

namespace Monorepo.Rpc.Kestrel;

/// <summary>Collects the handlers of one service.</summary>
public sealed class RpcServiceBuilder
{
    private readonly Dictionary<string, ServerMethod> _methods = new(StringComparer.Ordinal);

    internal RpcServiceBuilder(string serviceName) => ServiceName = serviceName;

    public string ServiceName { get; }

    internal IReadOnlyDictionary<string, ServerMethod> Methods => _methods;

    public RpcServiceBuilder Unary<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        Func<TRequest, RpcServerCallContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => Add(method, RpcMethodKind.Unary, handler, async call =>
        {
            TRequest request = await call.ReadSingleAsync(method.RequestParser);
            await call.WriteSingleAsync(await handler(request, call));
        });

    public RpcServiceBuilder ServerStreaming<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        Func<TRequest, IRpcStreamWriter<TResponse>, RpcServerCallContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => Add(method, RpcMethodKind.ServerStreaming, handler, async call =>
        {
            TRequest request = await call.ReadSingleAsync(method.RequestParser);
            await handler(request, new ResponseStreamWriter<TResponse>(call), call);
        });

    /// <param name="method">Called by clients.</param>
    /// <param name="handler">Reads the requests and answers.</param>
    /// <param name="messageBytesMax">The largest request message, where it is less than the server takes elsewhere.</param>
    public RpcServiceBuilder ClientStreaming<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        Func<IRpcStreamReader<TRequest>, RpcServerCallContext, Task<TResponse>> handler,
        int messageBytesMax = int.MaxValue)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => Add(method, RpcMethodKind.ClientStreaming, handler, async call =>
            await call.WriteSingleAsync(await handler(call.OpenRequestStream(method.RequestParser, messageBytesMax), call)));

    public RpcServiceBuilder Duplex<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        Func<IRpcStreamReader<TRequest>, IRpcStreamWriter<TResponse>, RpcServerCallContext, Task> handler)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => Add(method, RpcMethodKind.Duplex, handler, call =>
            handler(call.OpenRequestStream(method.RequestParser), new ResponseStreamWriter<TResponse>(call), call));

    private RpcServiceBuilder Add<TRequest, TResponse>(
        RpcMethod<TRequest, TResponse> method,
        RpcMethodKind kind,
        Delegate handler,
        Func<ServerCall, Task> invoke)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        if (method.Kind != kind)
            throw new ArgumentException($"{method} is {method.Kind}, not {kind}", nameof(method));
        if (!string.Equals(method.ServiceName, ServiceName, StringComparison.Ordinal))
            throw new ArgumentException($"{method} does not belong to {ServiceName}", nameof(method));
        if (!_methods.TryAdd(method.Name, new ServerMethod(ServiceName, method.Name, invoke)))
            throw new ArgumentException($"{method} has a handler already", nameof(method));

        return this;
    }
}
