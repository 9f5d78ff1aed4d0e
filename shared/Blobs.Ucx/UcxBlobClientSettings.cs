using System.Net;

namespace Monorepo.Blobs.Ucx;

/// <summary>Where a <see cref="UcxBlobTransport"/> connects and what it bounds.</summary>
public sealed record UcxBlobClientSettings
{
    public UcxFabric Fabric { get; init; } = UcxFabric.LoopbackTcp;

    public required IPEndPoint Address { get; init; }

    /// <summary>Sent in the first message. At most <see cref="BlobLimits.TokenBytesMax"/> bytes.</summary>
    public ReadOnlyMemory<byte> Token { get; init; }

    /// <summary>Requests on the wire at a time; the server may grant fewer. The rest waits here.</summary>
    public int RequestsOutstandingMax { get; init; } = 32;

    /// <summary>Calls in flight and waiting together. One more fails with <see cref="BlobTransportError.Overloaded"/>.</summary>
    public int CallsMax { get; init; } = 4_096;

    /// <summary>From the first attempt to the server's answer to our token; the first connection takes some 15 ms, 80 ms on a busy machine.</summary>
    public int ConnectTimeoutMs { get; init; } = 5_000;

    /// <summary>From the call to the last byte of the reply. A stopped peer is noticed by this alone.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>Upper bound of busy waiting before sleeping, only while requests are outstanding; takes a round trip from 70 us to 10 us.</summary>
    public int SpinMaxUs { get; init; } = 20;

    internal void Validate()
    {
        SettingLimit.Check("Token's length", Token.Length, 0, BlobLimits.TokenBytesMax);
        SettingLimit.Check(nameof(RequestsOutstandingMax), RequestsOutstandingMax, 1, Wire.HelloReply.RequestsLimit);
        SettingLimit.Check(nameof(CallsMax), CallsMax, 1, int.MaxValue);
        SettingLimit.Check(nameof(ConnectTimeoutMs), ConnectTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(RequestTimeoutMs), RequestTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(SpinMaxUs), SpinMaxUs, 0, 10_000);
    }
}
