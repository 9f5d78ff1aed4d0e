using System.Net;
using System.Security.Cryptography;
using Monorepo.Blobs.Memory;

namespace Monorepo.Blobs.Ucx;

/// <summary>Says whether a connection's token is good. Called on the server's I/O thread: answers from memory, at once, and does not throw.</summary>
public delegate bool BlobTokenCheck(ReadOnlySpan<byte> token);

/// <summary>How a <see cref="UcxBlobServer"/> listens and what it bounds.</summary>
public sealed record UcxBlobServerSettings
{
    /// <summary>More I/O threads than this make no sense.</summary>
    public const int ThreadsLimit = 256;

    public UcxFabric Fabric { get; init; } = UcxFabric.LoopbackTcp;

    /// <summary>Where to listen. Port 0: any free one; see <see cref="UcxBlobServer.Address"/>.</summary>
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>UCX neither authenticates nor encrypts; this check of each connection's first message is all there is.</summary>
    public required BlobTokenCheck TokenCheck { get; init; }

    /// <summary>Connections at a time; one more is refused.</summary>
    public int SessionsMax { get; init; } = 1024;

    /// <summary>I/O threads, each with a worker and the connections it was given. 0: one for each processor this process may use.</summary>
    public int Threads { get; init; }

    /// <summary>Keep each I/O thread on a processor of its own. Only where there are at least as many processors as threads.</summary>
    public bool PinsThreads { get; init; } = true;

    /// <summary>All native memory of the server. Null: one of its own, of <see cref="MemoryBytes"/>.</summary>
    public NativeArena? Arena { get; init; }

    /// <summary>Without an <see cref="Arena"/>: its size.</summary>
    public long MemoryBytes { get; init; } = 256L << 20;

    /// <summary>Requests a client may have outstanding: the credit it is granted. The server itself refuses past twice as many.</summary>
    public int RequestsPerSessionMax { get; init; } = 32;

    /// <summary>
    /// Reply bytes a client may make the server hold, waiting or on their way, before its next requests wait. Replies already being made come on top.
    /// </summary>
    public long ReplyBytesPerSessionMax { get; init; } = 64L << 20;

    /// <summary>The same for all clients of one I/O thread together.</summary>
    public long ReplyBytesMax { get; init; } = 512L << 20;

    /// <summary>A client that makes the server hold less than this is served however much the others do.</summary>
    public long ReplyBytesAlways { get; init; } = 1L << 20;

    /// <summary>Requests of one I/O thread that are at the source at a time; more wait.</summary>
    public int SourceRequestsMax { get; init; } = 512;

    /// <summary>Small replies that are ready together leave in one message of at most this. Up to <see cref="BlobLimits.BatchBytesMax"/>.</summary>
    public int BatchBytesMax { get; init; } = 64 << 10;

    /// <summary>Longer replies travel in several messages. 4 KiB to <see cref="BlobLimits.MessageBytesMax"/>.</summary>
    public int MessageBytesMax { get; init; } = BlobLimits.MessageBytesMax;

    /// <summary>A connection that has not said hello by then is closed.</summary>
    public int HelloTimeoutMs { get; init; } = 5_000;

    /// <summary>The longest a request may wait and be worked on, whatever its client says.</summary>
    public int RequestTimeoutMs { get; init; } = 60_000;

    /// <summary>A connection that takes no byte of what is sent for so long is closed.</summary>
    public int SendTimeoutMs { get; init; } = 30_000;

    /// <summary>How long disposing waits for requests in work and replies on the way.</summary>
    public int DrainTimeoutMs { get; init; } = 5_000;

    /// <summary>Upper bound of busy waiting before sleeping, only after work and only while that pays. 0: never spin.</summary>
    public int SpinMaxUs { get; init; } = 50;

    /// <summary>A check for one shared token, in constant time.</summary>
    public static BlobTokenCheck SharedToken(ReadOnlySpan<byte> token)
    {
        byte[] expected = SHA256.HashData(token);
        return given => CryptographicOperations.FixedTimeEquals(SHA256.HashData(given), expected);
    }

    internal void Validate()
    {
        Fabric.Validate();
        SettingLimit.Check(nameof(SessionsMax), SessionsMax, 1, int.MaxValue);
        SettingLimit.Check(nameof(Threads), Threads, 0, ThreadsLimit);
        SettingLimit.Check(nameof(MemoryBytes), MemoryBytes, 1 << 20, long.MaxValue);
        SettingLimit.Check(nameof(RequestsPerSessionMax), RequestsPerSessionMax, 1, Wire.HelloReply.RequestsLimit);
        SettingLimit.Check(nameof(ReplyBytesPerSessionMax), ReplyBytesPerSessionMax, 1, long.MaxValue);
        SettingLimit.Check(nameof(ReplyBytesMax), ReplyBytesMax, 1, long.MaxValue);
        SettingLimit.Check(nameof(ReplyBytesAlways), ReplyBytesAlways, 1, long.MaxValue);
        SettingLimit.Check(nameof(SourceRequestsMax), SourceRequestsMax, 1, int.MaxValue);
        SettingLimit.Check(nameof(BatchBytesMax), BatchBytesMax, 4 << 10, BlobLimits.BatchBytesMax);
        SettingLimit.Check(nameof(MessageBytesMax), MessageBytesMax, 4 << 10, BlobLimits.MessageBytesMax);
        SettingLimit.Check(nameof(HelloTimeoutMs), HelloTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(RequestTimeoutMs), RequestTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(SendTimeoutMs), SendTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(DrainTimeoutMs), DrainTimeoutMs, 0, int.MaxValue);
        SettingLimit.Check(nameof(SpinMaxUs), SpinMaxUs, 0, 10_000);
    }
}
