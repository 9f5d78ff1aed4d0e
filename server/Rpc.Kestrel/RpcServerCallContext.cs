namespace Monorepo.Rpc.Kestrel;

/// <summary>
/// What a handler knows of its call. Belongs to the handler until it returns; not thread safe except for the token.
/// Abstract so that handlers can be tested without a server.
/// </summary>
public abstract class RpcServerCallContext
{
    /// <summary><c>/service/method</c>.</summary>
    public abstract string Method { get; }

    /// <summary>The authority the client called.</summary>
    public abstract string Host { get; }

    /// <summary><c>ipv4:address:port</c>, <c>ipv6:[address]:port</c> or <c>unix:</c>.</summary>
    public abstract string Peer { get; }

    /// <summary>When the client stops waiting; <see cref="DateTimeOffset.MaxValue"/> without a deadline.</summary>
    public abstract DateTimeOffset Deadline { get; }

    /// <summary>Cancelled when the client cancels or is gone, or when the deadline passes. Pass it to everything awaited.</summary>
    public abstract CancellationToken CancellationToken { get; }

    public abstract RpcMetadata RequestHeaders { get; }

    /// <summary>Sent after the last message, whatever the status.</summary>
    public abstract RpcMetadata ResponseTrailers { get; }

    /// <summary>Sends initial metadata now, before the first message. At most once.</summary>
    public abstract Task WriteResponseHeadersAsync(RpcMetadata headers);
}
