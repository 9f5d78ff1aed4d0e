using System.Net;
using System.Security.Cryptography;

namespace Monorepo.Blobs.Ucx;

/// <summary>Says whether a connection's token is good. Called on the server's I/O thread: answers from memory, at once, and does not throw.</summary>
public delegate bool BlobTokenCheck(ReadOnlySpan<byte> token);

/// <summary>How a <see cref="UcxBlobServer"/> listens and what it bounds.</summary>
public sealed record UcxBlobServerSettings
{
    public UcxFabric Fabric { get; init; } = UcxFabric.LoopbackTcp;

    /// <summary>Where to listen. Port 0: any free one; see <see cref="UcxBlobServer.Address"/>.</summary>
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>UCX neither authenticates nor encrypts; this check of each connection's first message is all there is.</summary>
    public required BlobTokenCheck TokenCheck { get; init; }

    /// <summary>Connections at a time; one more is refused.</summary>
    public int SessionsMax { get; init; } = 1024;

    /// <summary>Requests a client may have outstanding: the credit it is granted. The server itself refuses past twice as many.</summary>
    public int RequestsPerSessionMax { get; init; } = 32;

    /// <summary>Reply bytes handed to UCX and not yet sent, per connection; later replies wait. One larger reply goes alone.</summary>
    public long ReplyBytesPerSessionMax { get; init; } = 256L << 20;

    /// <summary>Longer replies travel in several messages. 1 to <see cref="BlobLimits.MessageBytesMax"/>.</summary>
    public int MessageBytesMax { get; init; } = BlobLimits.MessageBytesMax;

    /// <summary>A connection that has not said hello by then is closed.</summary>
    public int HelloTimeoutMs { get; init; } = 5_000;

    /// <summary>How long disposing waits for requests in work and replies on the way.</summary>
    public int DrainTimeoutMs { get; init; } = 5_000;

    /// <summary>
    /// Call the source on the I/O thread instead of a pool thread: saves a hop (some microseconds) and is right only for a source that
    /// usually answers synchronously from memory.
    /// </summary>
    public bool SourceOnIoThread { get; init; }

    /// <summary>Upper bound of busy waiting before sleeping, only while requests are open. 0: never spin.</summary>
    public int SpinMaxUs { get; init; }

    /// <summary>A check for one shared token, in constant time.</summary>
    public static BlobTokenCheck SharedToken(ReadOnlySpan<byte> token)
    {
        byte[] expected = SHA256.HashData(token);
        return given => CryptographicOperations.FixedTimeEquals(SHA256.HashData(given), expected);
    }

    internal void Validate()
    {
        SettingLimit.Check(nameof(SessionsMax), SessionsMax, 1, int.MaxValue);
        SettingLimit.Check(nameof(RequestsPerSessionMax), RequestsPerSessionMax, 1, Wire.HelloReply.RequestsLimit);
        SettingLimit.Check(nameof(ReplyBytesPerSessionMax), ReplyBytesPerSessionMax, 1, long.MaxValue);
        SettingLimit.Check(nameof(MessageBytesMax), MessageBytesMax, 1, BlobLimits.MessageBytesMax);
        SettingLimit.Check(nameof(HelloTimeoutMs), HelloTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(DrainTimeoutMs), DrainTimeoutMs, 0, int.MaxValue);
        SettingLimit.Check(nameof(SpinMaxUs), SpinMaxUs, 0, 10_000);
    }
}
