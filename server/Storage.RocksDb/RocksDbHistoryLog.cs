using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.History;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// Ids by position in <c>log</c>, positions by id in <c>positions</c>, always both in one batch. Bodies stand in <c>log</c> until they are
/// sealed in <c>segments</c>, which the sealer does in the background.
/// </summary>
internal sealed class RocksDbHistoryLog : IHistoryLog
{
    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly Lock _appending = new();
    private readonly LogReader _reader;
    private readonly SegmentSealer _sealer;
    private long _length;

    public RocksDbHistoryLog(StoreDatabase store, RepositoryRecord record, int segmentCommits)
    {
        _store = store;
        _repository = record.Number;
        Epoch = record.Epoch;
        _length = store.FindLastPosition(store.Log, record.Number) + 1 ?? 0;
        _reader = new LogReader(store, record.Number);
        _sealer = new SegmentSealer(store, record.Number, _reader, segmentCommits, _length);
    }

    public ulong Epoch { get; }

    public ValueTask<long> GetLengthAsync(CancellationToken cancellationToken) => new(Interlocked.Read(ref _length));

    public ValueTask<AppendResult> AppendAsync(long expectedLength, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        StorageLimits.CheckEntries(entries);
        return _store.RunAsync(() => Append(expectedLength, entries), cancellationToken);
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long position, int entriesMax, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entriesMax);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        long length = Interlocked.Read(ref _length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, length);
        return _store.RunAsync<IReadOnlyList<LogEntry>>(
            () => _reader.Read(position, length, Math.Min(entriesMax, IHistoryLog.EntriesMax), bytesMax), cancellationToken);
    }

    public ValueTask<SealedSegment?> ReadSegmentAsync(long position, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return _store.RunAsync(() => _reader.ReadSegment(position), cancellationToken);
    }

    public async ValueTask SealAsync(CancellationToken cancellationToken) => await _sealer.RunAsync().WaitAsync(cancellationToken);

    public ValueTask<IReadOnlyList<long?>> FindAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return _store.RunAsync<IReadOnlyList<long?>>(() => Find(ids.Span), cancellationToken);
    }

    /// <summary>Ends the sealing; a segment that is being sealed is ended first.</summary>
    public Task StopAsync() => _sealer.StopAsync();

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
            long bytes = 0;
            for (int i = 0; i < entries.Count; i++)
            {
                LogEntry entry = entries[i];
                bytes += entry.Body.Length;
                StoreKeys.WritePosition(positionKey, _repository, expectedLength + i);
                StoreKeys.WriteObject(idKey, _repository, entry.Id);
                batch.Put(_store.Log, positionKey, idKey[StoreKeys.RepositoryBytes..], entry.Body.Span);
                batch.Put(_store.Positions, idKey, positionKey[StoreKeys.RepositoryBytes..]);
            }

            _store.Database.Write(batch, sync: true);
            // Only now may readers see it.
            Interlocked.Exchange(ref _length, expectedLength + entries.Count);
            _sealer.Grow(expectedLength + entries.Count, bytes);
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

    private long?[] Find(ReadOnlySpan<ObjectId> ids)
    {
        long?[] positions = _reader.Find(ids);
        long length = Interlocked.Read(ref _length);
        for (int i = 0; i < positions.Length; i++)
        {
            // A position past the length belongs to an append that has not returned yet.
            if (positions[i] >= length)
                positions[i] = null;
        }

        return positions;
    }
}
