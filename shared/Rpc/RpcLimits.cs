namespace Monorepo.Rpc;

/// <summary>The limits of the protocol, in one place. Each is enforced on write and on read.</summary>
public static class RpcLimits
{
    /// <summary>
    /// Largest message accepted or sent unless an option says otherwise: 4 MiB, which is what other gRPC implementations
    /// accept by default, so that a stock client can read what we send.
    /// </summary>
    public const int MessageBytesMaxDefault = 4 * 1024 * 1024;

    /// <summary>
    /// Sum of key and value lengths of one metadata collection. Other implementations refuse header blocks above 8 KiB
    /// and the protocol's own headers need some of that.
    /// </summary>
    public const int MetadataBytesMax = 7 * 1024;

    /// <summary>Longest status detail sent, in UTF-16 units; the rest is cut, because an oversized trailer would lose the status too.</summary>
    public const int StatusDetailCharsMax = 512;

    /// <summary>Largest <c>grpc-status-details-bin</c> sent, before base64; larger details are left out and the status still arrives.</summary>
    public const int StatusDetailsBytesMax = 2 * 1024;

    /// <summary>Deadlines further away than this count as none; it is the longest interval a timer takes.</summary>
    public static readonly TimeSpan TimeoutMax = TimeSpan.FromMilliseconds(int.MaxValue);
}
