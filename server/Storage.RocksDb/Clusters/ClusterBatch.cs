using Monorepo.Native.RocksDb;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>The answer to a read: envelopes in RocksDB's memory where clusters are one envelope, and made for the reader where they are not.</summary>
internal sealed class ClusterBatch(int count) : ObjectBatch
{
    private readonly Entry[] _entries = new Entry[count];
    private readonly List<PinnedValues> _owned = [];
    private bool _isDisposed;

    public override int Count => _entries.Length;

    public override ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            Entry entry = _entries[index];
            if (entry.Pinned is not { } values)
                return entry.Envelope;
            values.TryGet(entry.Slot, out ReadOnlySpan<byte> value);
            return ClusterValue.ReadAlone(value);
        }
    }

    public override bool IsPresent(int index) => _entries[index].Pinned is not null || _entries[index].Envelope is not null;

    /// <summary>Takes values over, to dispose them with the batch.</summary>
    public void Own(PinnedValues values) => _owned.Add(values);

    public void Set(int index, PinnedValues values, int slot) => _entries[index] = new Entry(values, slot, null);

    public void Set(int index, byte[] envelope) => _entries[index] = new Entry(null, 0, envelope);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            foreach (PinnedValues values in _owned)
                values.Dispose();
        }

        base.Dispose(disposing);
    }

    private readonly record struct Entry(PinnedValues? Pinned, int Slot, byte[]? Envelope);
}
