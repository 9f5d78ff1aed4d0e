using System.Buffers.Binary;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// Blocks of changes in <c>paths</c>. Each path has one block that grows and any number of full ones; an append rewrites the growing one,
/// so that reading never has to join what many small appends left behind.
/// </summary>
internal sealed class RocksDbPathIndex : IPathIndex
{
    private readonly StoreDatabase _store;
    private readonly RepositoryRecord _record;
    private readonly Lock _appending = new();
    private long _length;

    public RocksDbPathIndex(StoreDatabase store, RepositoryRecord record)
    {
        _store = store;
        _record = record;
        using PinnedValue? progress = store.Get(store.Paths, StoreKeys.RepositoryStart(record.Number));
        _length = progress is null ? 0 : ReadProgress(progress.Span);
    }

    public ValueTask<long> GetLengthAsync(CancellationToken cancellationToken) => new(Interlocked.Read(ref _length));

    public ValueTask<AppendResult> AppendAsync(
        long expectedLength, long length, IReadOnlyList<PathChanges> paths, CancellationToken cancellationToken)
    {
        StorageLimits.CheckPaths(expectedLength, length, paths);
        return _store.RunAsync(() => Append(expectedLength, length, paths), cancellationToken);
    }

    public ValueTask<IReadOnlyList<PathChange>> ReadAsync(
        ReadOnlyMemory<byte> path, long belowPosition, int countMax, CancellationToken cancellationToken) =>
        _store.RunAsync<IReadOnlyList<PathChange>>(() => Read(path.Span, belowPosition, countMax), cancellationToken);

    public ValueTask<IReadOnlyList<IReadOnlyList<PathChange>>> ReadEachAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> paths, long belowPosition, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paths.Count, IPathIndex.PathsMax, nameof(paths));
        return _store.RunAsync<IReadOnlyList<IReadOnlyList<PathChange>>>(
            () => [.. paths.Select(path => Read(path.Span, belowPosition, countMax))], cancellationToken);
    }

    private AppendResult Append(long expectedLength, long length, IReadOnlyList<PathChanges> paths)
    {
        lock (_appending)
        {
            if (expectedLength != _length)
                return AppendResult.LengthChanged;

            using WriteBatch batch = new();
            byte[] key = new byte[PathKeys.BytesMax];
            byte[] block = new byte[PathBlock.BytesMax + PathBlock.ChangeBytesMax];
            foreach (PathChanges path in paths)
                Append(batch, path, key, block);

            Span<byte> progress = stackalloc byte[2 * sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(progress, _record.Epoch);
            BinaryPrimitives.WriteUInt64BigEndian(progress[sizeof(ulong)..], (ulong)length);
            batch.Put(_store.Paths, StoreKeys.RepositoryStart(_record.Number), progress);

            // Not synced: what a crash of the machine takes is made again, and the log below it was synced before it was read.
            _store.Database.Write(batch, sync: false);
            Interlocked.Exchange(ref _length, length);
            return AppendResult.Appended;
        }
    }

    private void Append(WriteBatch batch, PathChanges path, byte[] key, byte[] block)
    {
        int pathBytes = PathKeys.WritePath(key, _record.Number, path.Path.Span);
        Span<byte> newestKey = key.AsSpan(0, pathBytes + sizeof(ulong));
        Span<byte> positionPart = newestKey[pathBytes..];
        BinaryPrimitives.WriteInt64BigEndian(positionPart, PathKeys.Newest);

        int used = 0;
        long before = -1;
        using (PinnedValue? newest = _store.Get(_store.Paths, newestKey))
        {
            if (newest is not null)
            {
                List<PathChange> present = [];
                PathBlock.Read(newest.Span, present);
                before = present[^1].Position;
                used = newest.Span.Length;
                if (used > block.Length || before >= path.Changes.Span[0].Position)
                    throw StorageFailures.Corrupt("the newest block of a path is too large or too new");
                newest.Span.CopyTo(block);
            }
        }

        foreach (PathChange change in path.Changes.Span)
        {
            if (used >= PathBlock.BytesMax)
            {
                BinaryPrimitives.WriteInt64BigEndian(positionPart, before);
                batch.Put(_store.Paths, newestKey, block.AsSpan(0, used));
                (used, before) = (0, -1);
            }

            used += PathBlock.Write(block.AsSpan(used), before, change);
            before = change.Position;
        }

        BinaryPrimitives.WriteInt64BigEndian(positionPart, PathKeys.Newest);
        batch.Put(_store.Paths, newestKey, block.AsSpan(0, used));
    }

    private List<PathChange> Read(ReadOnlySpan<byte> path, long belowPosition, int countMax)
    {
        List<PathChange> found = [];
        if (countMax <= 0 || belowPosition <= 0 || path.Length > IPathIndex.PathBytesMax)
            return found;

        byte[] key = new byte[PathKeys.BytesMax];
        int pathBytes = PathKeys.WritePath(key, _record.Number, path);
        byte[] lower = key[..pathBytes];
        byte[] upper = new byte[pathBytes + sizeof(ulong)];
        upper.AsSpan(pathBytes).Fill(byte.MaxValue);
        lower.CopyTo(upper, 0);
        using KeyIterator iterator = _store.Database.CreateIterator(_store.Paths, lower, upper);

        // The first block whose last change is not below the one before the limit holds the newest wanted; older ones stand before it.
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(pathBytes), belowPosition - 1);
        List<PathChange> block = [];
        for (bool valid = iterator.Seek(key.AsSpan(0, pathBytes + sizeof(ulong))) || iterator.SeekToLast(); valid; valid = iterator.MovePrevious())
        {
            block.Clear();
            PathBlock.Read(iterator.Value, block);
            for (int i = block.Count - 1; i >= 0; i--)
            {
                if (block[i].Position >= belowPosition)
                    continue;
                found.Add(block[i]);
                if (found.Count == countMax)
                    return found;
            }
        }

        return found;
    }

    private long ReadProgress(ReadOnlySpan<byte> value)
    {
        if (value.Length != 2 * sizeof(ulong) || BinaryPrimitives.ReadUInt64BigEndian(value) != _record.Epoch)
            throw StorageFailures.Corrupt("the path index's progress is damaged, or of another log");
        long length = BinaryPrimitives.ReadInt64BigEndian(value[sizeof(ulong)..]);
        return length >= 0 ? length : throw StorageFailures.Corrupt($"the path index has the length {length}");
    }
}
