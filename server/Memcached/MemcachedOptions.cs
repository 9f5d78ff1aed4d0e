using System.Net.Security;

namespace Monorepo.Memcached;

/// <summary>How a <see cref="MemcachedClient"/> reaches its servers. Defaults suit a cache on the local network.</summary>
public sealed record MemcachedOptions
{
    /// <summary>Longest key in bytes. memcached allows 250 on the wire, and ours travel as base64.</summary>
    public const int KeyBytesMax = 186;

    /// <summary>Client flags a caller may use: the highest bit marks values that are split into chunks.</summary>
    public const uint ClientFlagsMax = 0x7FFF_FFFF;

    /// <summary>Room kept in an item for memcached's own header, the key and the terminator (measured need: below 320 bytes).</summary>
    public const int ItemOverheadBytes = 512;

    /// <summary>The ring's nodes, at least one. All processes that share the cache must list the same ones with the same weights.</summary>
    public required IReadOnlyList<MemcachedEndpoint> Nodes { get; init; }

    /// <summary>
    /// TLS to every node (memcached's <c>-Z</c>), with what the client requires of their certificates; null: plain TCP. The target host is each
    /// node's own. Called for each connection.
    /// </summary>
    public Func<SslClientAuthenticationOptions>? Tls { get; init; }

    /// <summary>TCP connections kept to each node; requests take them in turn.</summary>
    public int ConnectionsPerNode { get; init; } = 2;

    /// <summary>Limit for establishing one connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Limit for one request to one node, waiting for a connection and for room in the pipeline included. Past it the keys are misses.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Requests in flight on one connection; a request is one value stored, one delete, or one batch of gets.</summary>
    public int PipelineOperationsMax { get; init; } = 64;

    /// <summary>Keys in one batch of gets.</summary>
    public int KeysPerBatchMax { get; init; } = 128;

    /// <summary>Request bytes held in memory for one node, sent or waiting for their answer.</summary>
    public int InFlightBytesMax { get; init; } = 32 << 20;

    /// <summary>The servers' item limit (their <c>-I</c>). Values above it less <see cref="ItemOverheadBytes"/> are split.</summary>
    public int ItemBytesMax { get; init; } = 1 << 20;

    /// <summary>Largest value stored or believed, split or not.</summary>
    public int ValueBytesMax { get; init; } = 64 << 20;

    /// <summary>Bytes of split values one call puts together; those past it are misses, so that a call's memory stays bounded.</summary>
    public long SplitBytesPerCallMax { get; init; } = 256 << 20;

    /// <summary>Failed connections in a row (refused, timed out, broken) after which a node is left alone.</summary>
    public int FailuresToOpen { get; init; } = 3;

    /// <summary>Time until a node that was left alone is probed; doubles with each failed probe up to <see cref="ProbeIntervalMax"/>.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time between two probes of a node that is down.</summary>
    public TimeSpan ProbeIntervalMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Payload bytes of the largest value that is stored as one item.</summary>
    internal int ItemPayloadBytesMax => ItemBytesMax - ItemOverheadBytes;

    /// <summary>Throws <see cref="ArgumentException"/> naming the first option that makes no sense.</summary>
    internal static void Validate(MemcachedOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FirstInvalid() is { } name)
            throw new ArgumentException($"The memcached option {name} is missing, out of range or contradicts another.", nameof(options));
    }

    private string? FirstInvalid() => this switch
    {
        _ when Nodes is null || Nodes.Count == 0 || Nodes.Any(static n => n.Host is null) || Nodes.Distinct().Count() != Nodes.Count => nameof(Nodes),
        { ConnectionsPerNode: < 1 } => nameof(ConnectionsPerNode),
        { PipelineOperationsMax: < 1 } => nameof(PipelineOperationsMax),
        { KeysPerBatchMax: < 1 } => nameof(KeysPerBatchMax),
        { FailuresToOpen: < 1 } => nameof(FailuresToOpen),
        { ItemBytesMax: < 2 * ItemOverheadBytes } => nameof(ItemBytesMax),
        _ when ValueBytesMax < ItemPayloadBytesMax => nameof(ValueBytesMax),
        _ when InFlightBytesMax < ItemBytesMax => nameof(InFlightBytesMax),
        _ when SplitBytesPerCallMax < ValueBytesMax => nameof(SplitBytesPerCallMax),
        _ when ConnectTimeout <= TimeSpan.Zero => nameof(ConnectTimeout),
        _ when OperationTimeout <= TimeSpan.Zero => nameof(OperationTimeout),
        _ when ProbeInterval <= TimeSpan.Zero => nameof(ProbeInterval),
        _ when ProbeIntervalMax < ProbeInterval => nameof(ProbeIntervalMax),
        _ => null,
    };
}
