using Google.Protobuf;

namespace Monorepo.Rpc;

/// <summary>Which sides of a call stream.</summary>
public enum RpcMethodKind
{
    Unary,
    ServerStreaming,
    ClientStreaming,
    Duplex,
}

/// <summary>
/// Describes one method of a service, shared by client and server. Immutable and safe to share between threads; meant to
/// live in a static readonly field beside the generated messages.
/// </summary>
/// <typeparam name="TRequest">Generated protobuf message.</typeparam>
/// <typeparam name="TResponse">Generated protobuf message.</typeparam>
public sealed class RpcMethod<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <param name="kind">Which sides stream.</param>
    /// <param name="serviceName">Full name with the package, for example <c>grpc.health.v1.Health</c>.</param>
    /// <param name="name">Method name as in the .proto file.</param>
    /// <param name="requestParser">The generated <c>Parser</c> of the request.</param>
    /// <param name="responseParser">The generated <c>Parser</c> of the response.</param>
    public RpcMethod(
        RpcMethodKind kind,
        string serviceName,
        string name,
        MessageParser<TRequest> requestParser,
        MessageParser<TResponse> responseParser)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceName);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(requestParser);
        ArgumentNullException.ThrowIfNull(responseParser);
        Kind = kind;
        ServiceName = serviceName;
        Name = name;
        FullName = $"/{serviceName}/{name}";
        RequestParser = requestParser;
        ResponseParser = responseParser;
    }

    public RpcMethodKind Kind { get; }

    public string ServiceName { get; }

    public string Name { get; }

    /// <summary>The HTTP/2 path: <c>/service/method</c>.</summary>
    public string FullName { get; }

    public MessageParser<TRequest> RequestParser { get; }

    public MessageParser<TResponse> ResponseParser { get; }

    public override string ToString() => FullName;
}

/// <summary>Makes <see cref="RpcMethod{TRequest,TResponse}"/> with the message types inferred from the parsers.</summary>
public static class RpcMethod
{
    public static RpcMethod<TRequest, TResponse> Create<TRequest, TResponse>(
        RpcMethodKind kind,
        string serviceName,
        string name,
        MessageParser<TRequest> requestParser,
        MessageParser<TResponse> responseParser)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
        => new(kind, serviceName, name, requestParser, responseParser);
}
