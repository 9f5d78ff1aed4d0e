namespace Monorepo.Rpc;

/// <summary>How a channel connects and what its calls default to. Immutable; read once when the channel is made.</summary>
public sealed record RpcChannelOptions
{
    /// <summary>How long one attempt to connect may take before calls waiting for it fail with UNAVAILABLE.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection without calls stays open. Null: the runtime's default, a minute.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>
    /// Silence on a connection with calls in flight after which it is probed with a ping.
    /// <see cref="Timeout.InfiniteTimeSpan"/> turns pings off.
    /// </summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a ping may stay unanswered before the connection counts as dead and its calls as UNAVAILABLE.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Deadline of calls that set none. <see cref="Timeout.InfiniteTimeSpan"/> means no deadline.</summary>
    public TimeSpan DefaultTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Largest message accepted from the server; larger ones end the call with RESOURCE_EXHAUSTED.</summary>
    public int ReceiveMessageBytesMax { get; init; } = RpcLimits.MessageBytesMaxDefault;

    /// <summary>Largest message sent; larger ones fail with RESOURCE_EXHAUSTED before anything of them is sent.</summary>
    public int SendMessageBytesMax { get; init; } = RpcLimits.MessageBytesMaxDefault;

    /// <summary>Encoding of request messages. Responses are accepted in any encoding of <see cref="RpcCompression"/>.</summary>
    public RpcCompression RequestCompression { get; init; } = RpcCompression.Identity;

    /// <summary>
    /// HTTP/2 window of each response at its start; it grows with the measured bandwidth delay product. 64 KiB, HTTP's own
    /// default, would cost a large response several extra round trips.
    /// </summary>
    public int StreamWindowBytesInitial { get; init; } = 1024 * 1024;

    /// <summary>Sent as <c>user-agent</c>.</summary>
    public string UserAgent { get; init; } = "monorepo-rpc/0.1";

    /// <summary>Clock of the deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Replaces the transport, for example by an in-memory test server. The connection options above have no effect then.
    /// The channel disposes it.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; init; }
}

/// <summary>What one call wants different from its channel.</summary>
public sealed record RpcCallOptions
{
    public static RpcCallOptions Default { get; } = new();

    /// <summary>For subscriptions and other calls that end only when cancelled.</summary>
    public static RpcCallOptions NoDeadline { get; } = new() { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    /// <summary>Time the whole call may take, sent to the server too. Null: the channel's default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Request metadata; read while the call starts.</summary>
    public RpcMetadata? Headers { get; init; }

    /// <summary>Null: the channel's.</summary>
    public RpcCompression? RequestCompression { get; init; }
}
