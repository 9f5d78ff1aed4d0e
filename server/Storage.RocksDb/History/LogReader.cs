using System.Buffers;
using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.History;

/// <summary>Reads one repository's <c>log</c>, <c>segments</c> and <c>positions</c>, whatever is sealed meanwhile. Thread-safe.</summary>
internal sealed class LogReader(StoreDatabase store, uint repository)
{
    private readonly OpenSegments _open = new();

    /// <summary>Entries from a position on, below <paramref name="length"/>, within the limits; one at least where there is one.</summary>
    public List<LogEntry> Read(long position, long length, int entriesMax, int bytesMax)
    {
        List<LogEntry> run = [];
        if (position == length)
            return run;

        // Long runs are read once; they would push everything else out of the cache.
        using KeyIterator iterator = store.Database.CreateIterator(
            store.Log, StoreKeys.Position(repository, position), StoreKeys.Position(repository, length), fillCache: false);
        KnownIds ids = new(this);
        long bytes = 0;
        for (bool valid = iterator.SeekToFirst(); valid && run.Count < entriesMax; valid = iterator.MoveNext())
        {
            long at = position + run.Count;
            if (StoreKeys.ReadPosition(iterator.Key) != at || iterator.Value.Length < ObjectId.Size)
                break;

            ObjectId id = new(iterator.Value[..ObjectId.Size]);
            ids.Add(at, id);
            byte[] body = iterator.Value.Length > ObjectId.Size ? iterator.Value[ObjectId.Size..].ToArray() : Rebuild(at, id, ids);
            bytes += body.Length;
            if (run.Count > 0 && bytes > bytesMax)
                return run;
            run.Add(new LogEntry(id, body));
        }

        return run.Count == Math.Min(entriesMax, length - position)
            ? run
            : throw StorageFailures.Corrupt($"the log has {length} entries, and entry {position + run.Count} is missing or cut short");
    }

    /// <summary>The sealed segment that holds a position; null where there is none.</summary>
    public SealedSegment? ReadSegment(long position)
    {
        // A segment's key is its last position: the first key at or after one it holds.
        using KeyIterator iterator = store.Database.CreateIterator(
            store.Segments, StoreKeys.Position(repository, position), StoreKeys.RepositoryEnd(repository), fillCache: false);
        if (!iterator.SeekToFirst())
            return null;

        long last = StoreKeys.ReadPosition(iterator.Key);
        try
        {
            SegmentHeader header = SegmentHeader.Read(iterator.Value);
            if (header.EndPosition != last + 1 || header.FirstPosition > position || header.SegmentBytes != iterator.Value.Length)
                throw StorageFailures.Corrupt($"the segment of position {position} holds {header.FirstPosition} to {header.EndPosition - 1}");
            return new SealedSegment(header.FirstPosition, header.Count, iterator.Value.ToArray());
        }
        catch (CorruptSegmentException e)
        {
            throw StorageFailures.Corrupt($"the segment of position {position} is damaged: {e.Message}");
        }
    }

    /// <summary>Positions of ids, also of those whose append has not returned yet; null for others.</summary>
    public long?[] Find(ReadOnlySpan<ObjectId> ids)
    {
        using PinnedValues values = store.MultiGetObjects(store.Positions, repository, ids);
        long?[] positions = new long?[ids.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            if (!values.TryGet(i, out ReadOnlySpan<byte> value))
                continue;
            if (value.Length != sizeof(ulong))
                throw StorageFailures.Corrupt($"the position of commit {ids[i]} has {value.Length} bytes");
            positions[i] = checked((long)BinaryPrimitives.ReadUInt64BigEndian(value));
        }

        return positions;
    }

    private byte[] Rebuild(long position, ObjectId id, KnownIds ids)
    {
        try
        {
            SegmentReader segment = _open.GetOrAdd(position, () => ReadSegment(position)
                ?? throw StorageFailures.Corrupt($"the log says that commit {id} is sealed, and no segment holds position {position}"));
            ArrayBufferWriter<byte> body = new();
            segment.Rebuild((int)(position - segment.FirstPosition), ids, body);
            return ObjectHasher.Hash(ObjectKind.Commit, body.WrittenSpan) == id
                ? body.WrittenSpan.ToArray()
                : throw StorageFailures.Corrupt($"the segment of position {position} holds another commit than {id}");
        }
        catch (CorruptSegmentException e)
        {
            throw StorageFailures.Corrupt($"the segment of position {position} is damaged: {e.Message}");
        }
    }

    private ObjectId ReadId(long position)
    {
        using PinnedValue? value = store.Get(store.Log, StoreKeys.Position(repository, position));
        return value?.Span.Length >= ObjectId.Size
            ? new ObjectId(value.Span[..ObjectId.Size])
            : throw StorageFailures.Corrupt($"entry {position} of the log is missing or cut short");
    }

    /// <summary>The ids met in one read; parents before it are looked up.</summary>
    private sealed class KnownIds(LogReader reader) : ICommitIds
    {
        private readonly Dictionary<long, ObjectId> _ids = [];

        public void Add(long position, ObjectId id) => _ids[position] = id;

        public ObjectId GetId(long position)
        {
            if (!_ids.TryGetValue(position, out ObjectId id))
            {
                id = reader.ReadId(position);
                Add(position, id);
            }

            return id;
        }
    }
}
