using System.Net;

namespace Monorepo.Blobs.Ucx;

/// <summary>Where a <see cref="UcxBlobTransport"/> connects and what it bounds.</summary>
public sealed record UcxBlobClientSettings
{
    private const long MemoryBytesMin = 1 << 20;

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

    /// <summary>Small requests that are ready together leave in one message of at most this. Up to <see cref="BlobLimits.BatchBytesMax"/>.</summary>
    public int BatchBytesMax { get; init; } = 64 << 10;

    /// <summary>
    /// Native memory for requests and for replies until they are disposed. A reply for which there is none left fails with
    /// <see cref="BlobTransportError.Overloaded"/>. 0: half of what this process may use, at most 4 GiB. Memory that is not needed is not touched.
    /// </summary>
    public long MemoryBytesMax { get; init; }

    /// <summary>
    /// Callers go on on the I/O thread itself, which saves a hop to another thread (some 5 us, much more on a busy machine). Only for callers that do next
    /// to nothing before they wait again: while they work, nothing is received.
    /// </summary>
    public bool CompletesInline { get; init; }

    /// <summary>Upper bound of busy waiting before sleeping, only while requests are outstanding; takes a round trip from 70 us to 10 us.</summary>
    public int SpinMaxUs { get; init; } = 50;

    internal long MemoryBytes => MemoryBytesMax > 0
        ? MemoryBytesMax
        : Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, MemoryBytesMin, 4L << 30);

    internal void Validate()
    {
        Fabric.Validate();
        SettingLimit.Check("Token's length", Token.Length, 0, BlobLimits.TokenBytesMax);
        SettingLimit.Check(nameof(RequestsOutstandingMax), RequestsOutstandingMax, 1, Wire.HelloReply.RequestsLimit);
        SettingLimit.Check(nameof(CallsMax), CallsMax, 1, int.MaxValue);
        SettingLimit.Check(nameof(ConnectTimeoutMs), ConnectTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(RequestTimeoutMs), RequestTimeoutMs, 1, int.MaxValue);
        SettingLimit.Check(nameof(BatchBytesMax), BatchBytesMax, 4 << 10, BlobLimits.BatchBytesMax);
        if (MemoryBytesMax != 0)
            SettingLimit.Check(nameof(MemoryBytesMax), MemoryBytesMax, MemoryBytesMin, long.MaxValue);
        SettingLimit.Check(nameof(SpinMaxUs), SpinMaxUs, 0, 10_000);
    }
}
