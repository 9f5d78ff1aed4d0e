using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>Commits by position in <c>log</c>, positions by id in <c>positions</c>, always both in one batch.</summary>
internal sealed class RocksDbHistoryLog : IHistoryLog
{
    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly Lock _appending = new();
    private long _length;

    public RocksDbHistoryLog(StoreDatabase store, RepositoryRecord record)
    {
        _store = store;
        _repository = record.Number;
        Epoch = record.Epoch;
        _length = store.FindLastPosition(store.Log, record.Number) + 1 ?? 0;
    }

    public ulong Epoch { get; }

    public ValueTask<long> GetLengthAsync(CancellationToken cancellationToken) => new(Interlocked.Read(ref _length));

    public ValueTask<AppendResult> AppendAsync(long expectedLength, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        StorageLimits.CheckEntries(entries.Count);
        return _store.RunAsync(() => Append(expectedLength, entries), cancellationToken);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long position, int entriesMax, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entriesMax);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        long length = Interlocked.Read(ref _length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, length);
        return _store.RunAsync<IReadOnlyList<LogEntry>>(() => Read(position, length, Math.Min(entriesMax, IHistoryLog.EntriesMax), bytesMax), cancellationToken);
    }

    public ValueTask<IReadOnlyList<long?>> FindAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return _store.RunAsync<IReadOnlyList<long?>>(() => Find(ids.Span), cancellationToken);
    }

    private AppendResult Append(long expectedLength, IReadOnlyList<LogEntry> entries)
    {
        lock (_appending)
        {
            if (expectedLength != _length)
                return AppendResult.LengthChanged;
            if (entries.Count == 0)
                return AppendResult.Appended;

            ThrowIfKnown(entries);
            using WriteBatch batch = new();
            Span<byte> positionKey = stackalloc byte[StoreKeys.PositionBytes];
            Span<byte> idKey = stackalloc byte[StoreKeys.ObjectBytes];
            for (int i = 0; i < entries.Count; i++)
            {
                LogEntry entry = entries[i];
                StoreKeys.WritePosition(positionKey, _repository, expectedLength + i);
                StoreKeys.WriteObject(idKey, _repository, entry.Id);
                batch.Put(_store.Log, positionKey, idKey[StoreKeys.RepositoryBytes..], entry.Body.Span);
                batch.Put(_store.Positions, idKey, positionKey[StoreKeys.RepositoryBytes..]);
            }

            _store.Database.Write(batch, sync: true);
            // Only now may readers see it.
            Interlocked.Exchange(ref _length, expectedLength + entries.Count);
            return AppendResult.Appended;
        }
    }

    private void ThrowIfKnown(IReadOnlyList<LogEntry> entries)
    {
        ObjectId[] ids = [.. entries.Select(static e => e.Id)];
        HashSet<ObjectId> fresh = new(ids.Length);
        using PinnedValues known = _store.MultiGetObjects(_store.Positions, _repository, ids);
        for (int i = 0; i < ids.Length; i++)
        {
            if (known.Contains(i) || !fresh.Add(ids[i]))
                throw new ArgumentException($"Commit {ids[i]} is in the log already.", nameof(entries));
        }
    }

    private List<LogEntry> Read(long position, long length, int entriesMax, int bytesMax)
    {
        List<LogEntry> run = [];
        if (position == length)
            return run;

        // Long runs are read once, to build a segment; they would push everything else out of the cache.
        using KeyIterator iterator = _store.Database.CreateIterator(
            _store.Log, StoreKeys.Position(_repository, position), StoreKeys.Position(_repository, length), fillCache: false);
        long bytes = 0;
        for (bool valid = iterator.SeekToFirst(); valid && run.Count < entriesMax; valid = iterator.MoveNext())
        {
            if (StoreKeys.ReadPosition(iterator.Key) != position + run.Count || iterator.Value.Length < ObjectId.Size)
                break;

            ReadOnlySpan<byte> body = iterator.Value[ObjectId.Size..];
            bytes += body.Length;
            if (run.Count > 0 && bytes > bytesMax)
                return run;
            run.Add(new LogEntry(new ObjectId(iterator.Value[..ObjectId.Size]), body.ToArray()));
        }

        return run.Count == Math.Min(entriesMax, length - position)
            ? run
            : throw StorageFailures.Corrupt($"the log has {length} entries, and entry {position + run.Count} is missing or cut short");
    }

    private long?[] Find(ReadOnlySpan<ObjectId> ids)
    {
        using PinnedValues values = _store.MultiGetObjects(_store.Positions, _repository, ids);
        long length = Interlocked.Read(ref _length);
        long?[] positions = new long?[ids.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            if (!values.TryGet(i, out ReadOnlySpan<byte> value))
                continue;
            if (value.Length != sizeof(ulong))
                throw StorageFailures.Corrupt($"the position of commit {ids[i]} has {value.Length} bytes");

            // A position past the length belongs to an append that has not returned yet.
            ulong position = BinaryPrimitives.ReadUInt64BigEndian(value);
            positions[i] = position < (ulong)length ? (long)position : null;
        }

        return positions;
    }
}
