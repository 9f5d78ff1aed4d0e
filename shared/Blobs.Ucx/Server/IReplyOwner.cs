using System.Buffers;
using Monorepo.Blobs.Hot;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>What keeps a reply's envelopes where they are; let go of once, when UCX is done with the last of them.</summary>
internal interface IReplyOwner
{
    void Release(ReadOnlySpan<HotSlice> slices);
}

/// <summary>Envelopes of the hot set, each pinned.</summary>
internal sealed class HotReplyOwner(IHotBlobReader reader) : IReplyOwner
{
    public void Release(ReadOnlySpan<HotSlice> slices)
    {
        foreach (ref readonly HotSlice slice in slices)
        {
            if (slice.LengthBytes > 0)
                reader.Release(in slice);
        }
    }
}

/// <summary>A source's batch, its envelopes pinned.</summary>
internal sealed unsafe class BatchReplyOwner : IReplyOwner
{
    private readonly BlobBatch _batch;
    private readonly MemoryHandle[] _pins;

    private BatchReplyOwner(BlobBatch batch, MemoryHandle[] pins)
    {
        _batch = batch;
        _pins = pins;
    }

    /// <summary>Pins every envelope of <paramref name="batch"/>, which it owns from here on.</summary>
    internal static BatchReplyOwner Pin(BlobBatch batch, Span<HotSlice> slices)
    {
        ReadOnlySpan<BlobEntry> entries = batch.Entries.Span;
        MemoryHandle[] pins = new MemoryHandle[entries.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Outcome != BlobOutcome.Found)
            {
                slices[i] = new HotSlice(null, entries[i].Outcome == BlobOutcome.Deferred ? ServerReply.DeferredLength : 0, 0);
                continue;
            }

            pins[i] = entries[i].Envelope.Pin();
            slices[i] = new HotSlice((byte*)pins[i].Pointer, entries[i].Envelope.Length, 0);
        }

        return new BatchReplyOwner(batch, pins);
    }

    public void Release(ReadOnlySpan<HotSlice> slices)
    {
        foreach (MemoryHandle pin in _pins)
            pin.Dispose();
        _batch.Dispose();
    }
}
