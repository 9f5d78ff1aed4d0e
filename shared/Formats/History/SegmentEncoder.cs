using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.History;

/// <summary>Where a log holds a commit.</summary>
public interface IParentPositions
{
    /// <summary>The position, below that of the commit whose parent it is; -1 where the log does not hold it.</summary>
    long Find(in ObjectId id);
}

/// <summary>Makes segments. Layout in FORMAT.md. The same input gives the same bytes as long as the version of zstd is the same.</summary>
public static class SegmentEncoder
{
    /// <param name="position">Of the first commit.</param>
    /// <param name="bodies">Raw bodies in log order, within the limits of <see cref="SegmentFormat"/>.</param>
    /// <param name="parents">Asked for every parent, also for those in this segment.</param>
    /// <param name="level">zstd's level: <see cref="SegmentFormat.SealedLevel"/> or <see cref="SegmentFormat.PassingLevel"/>.</param>
    /// <exception cref="ArgumentException">No commit, more or larger ones than a segment holds, or a parent at or after its child.</exception>
    /// <exception cref="MalformedObjectException">A body is no commit.</exception>
    public static byte[] Encode(long position, IReadOnlyList<ReadOnlyMemory<byte>> bodies, IParentPositions parents, int level)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (bodies.Count is 0 or > SegmentFormat.CommitsPerSegment)
        {
            throw new ArgumentException($"A segment holds 1 to {SegmentFormat.CommitsPerSegment} commits, not {bodies.Count}.", nameof(bodies));
        }

        SegmentColumns columns = new(position);
        long bodyBytes = 0;
        foreach (ReadOnlyMemory<byte> body in bodies)
        {
            bodyBytes += body.Length;
            if (bodyBytes > SegmentFormat.BodyBytesMax)
            {
                throw new ArgumentException($"A segment holds at most {SegmentFormat.BodyBytesMax} bytes of commits.", nameof(bodies));
            }

            columns.Add(body, parents);
        }

        return Assemble(position, bodies.Count, (int)bodyBytes, columns, level);
    }

    private static byte[] Assemble(long position, int count, int bodyBytes, SegmentColumns columns, int level)
    {
        ColumnEntry[] entries = new ColumnEntry[SegmentHeader.Columns];
        ArrayBufferWriter<byte> segment = new(SegmentHeader.Bytes + (bodyBytes / 2));
        segment.GetSpan(SegmentHeader.Bytes);
        segment.Advance(SegmentHeader.Bytes);
        foreach (SegmentColumn column in Enum.GetValues<SegmentColumn>())
        {
            int before = segment.WrittenCount;
            ReadOnlySpan<byte> decoded = columns[column].Written;
            if (column.IsText())
            {
                StoreBlocks(decoded, columns.TextBlocks(column), columns[column + 1], segment, level);
            }
            else if (column is SegmentColumn.TreeIds or SegmentColumn.MessageIds)
            {
                segment.Write(decoded); // Ids do not compress; trying costs time on both sides.
            }
            else
            {
                Store(decoded, segment, level);
            }

            ReadOnlySpan<byte> stored = segment.WrittenSpan[before..];
            entries[(int)column] = new ColumnEntry(stored.Length, decoded.Length, column.IsText() ? 0 : Checksum.Compute(stored));
        }

        byte[] bytes = segment.WrittenSpan.ToArray();
        SegmentHeader.Write(bytes, position, count, bodyBytes, entries);
        return bytes;
    }

    /// <summary>Adds the blocks to the segment, and an entry for each to their table.</summary>
    private static void StoreBlocks(ReadOnlySpan<byte> texts, IEnumerable<Range> blocks, ColumnWriter table, ArrayBufferWriter<byte> segment, int level)
    {
        ReadOnlySpan<byte> prefix = default;
        foreach (Range block in blocks)
        {
            int before = segment.WrittenCount;
            Store(texts[block], segment, level, prefix);
            ReadOnlySpan<byte> stored = segment.WrittenSpan[before..];
            table.WriteNumber((ulong)stored.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(table.Take(sizeof(uint)), Checksum.Compute(stored));
            if (prefix.IsEmpty)
            {
                prefix = TextColumn.PrefixOf(texts[block]);
            }
        }
    }

    private static void Store(ReadOnlySpan<byte> decoded, ArrayBufferWriter<byte> segment, int level, ReadOnlySpan<byte> prefix = default)
    {
        if (!decoded.IsEmpty)
        {
            Span<byte> frame = segment.GetSpan(ZstdCodec.CompressBound(decoded.Length));
            int frameBytes = !prefix.IsEmpty ? ZstdCodec.CompressAfter(prefix, decoded, frame, level)
                : level <= ZstdCodec.DefaultLevel ? ZstdCodec.Compress(decoded, frame, level)
                : ZstdCodec.CompressOnce(decoded, frame, level);
            if (frameBytes < decoded.Length)
            {
                segment.Advance(frameBytes);
                return;
            }
        }

        segment.Write(decoded);
    }
}

/// <summary>The columns of a segment while commits are added to it.</summary>
internal sealed class SegmentColumns
{
    private readonly ColumnWriter[] _columns = new ColumnWriter[SegmentHeader.Columns];
    private readonly Dictionary<ObjectId, int> _trees = [];
    private readonly NameTable _identities;
    private readonly NameTable _zones;
    private readonly List<int> _messageStarts = [0];
    private readonly List<int> _headerStarts = [0];
    private readonly long _position;
    private long _seconds;
    private int _count;

    public SegmentColumns(long position)
    {
        _position = position;
        for (int i = 0; i < _columns.Length; i++)
        {
            _columns[i] = new ColumnWriter();
        }

        _identities = new NameTable(this[SegmentColumn.IdentityNames]);
        _zones = new NameTable(this[SegmentColumn.ZoneNames]);
    }

    public ColumnWriter this[SegmentColumn column] => _columns[(int)column];

    /// <summary>The blocks of a text column, which together are the whole.</summary>
    public IEnumerable<Range> TextBlocks(SegmentColumn column) => TextColumn.Cut(column == SegmentColumn.Messages ? _messageStarts : _headerStarts);

    public void Add(ReadOnlyMemory<byte> body, IParentPositions positions)
    {
        Commit commit = Commit.Parse(body);
        bool known = AddParents(commit, positions);
        AddTree(commit.Tree);
        if (known && CommitLayout.TryRead(commit, out CommitLayout layout))
        {
            AddColumns(layout);
        }
        else
        {
            AddRaw(commit);
        }

        _messageStarts.Add(this[SegmentColumn.Messages].Length);
        _headerStarts.Add(this[SegmentColumn.Headers].Length);
        _count++;
    }

    private bool AddParents(Commit commit, IParentPositions positions)
    {
        long position = _position + _count;
        bool known = true;
        ColumnWriter column = this[SegmentColumn.Parents];
        column.WriteNumber((ulong)commit.Parents.Count);
        foreach (ObjectId parent in commit.Parents)
        {
            long found = positions.Find(parent);
            if (found >= position)
            {
                throw new ArgumentException($"Parent {parent} stands at position {found} and its child at {position}.", nameof(positions));
            }

            known &= found >= 0;
            column.WriteNumber(found < 0 ? 0 : (ulong)(position - found));
        }

        return known;
    }

    private void AddTree(ObjectId tree)
    {
        ref int earlier = ref CollectionsMarshal.GetValueRefOrAddDefault(_trees, tree, out bool exists);
        this[SegmentColumn.TreeReferences].WriteNumber(exists ? (ulong)(_count - earlier) : 0);
        earlier = _count;
        if (!exists)
        {
            this[SegmentColumn.TreeIds].Write(tree.AsSpan());
        }
    }

    private void AddRaw(Commit commit)
    {
        this[SegmentColumn.Shapes].WriteByte((byte)CommitShape.Raw);
        AddSeconds(commit.Committer.UnixSeconds);
        this[SegmentColumn.Lengths].WriteNumber((ulong)commit.Body.Length);
        this[SegmentColumn.Headers].Write(commit.Body.Span);
    }

    private void AddColumns(in CommitLayout layout)
    {
        CommitShape shape = CommitShape.Plain;
        AddSeconds(layout.Committer.Seconds);
        if (layout.Author.Seconds != layout.Committer.Seconds)
        {
            shape |= CommitShape.SecondsDiffer;
            this[SegmentColumn.Times].WriteDifference(layout.Author.Seconds, layout.Committer.Seconds);
        }

        shape |= AddPair(this[SegmentColumn.Identities], _identities, layout.Author.Name, layout.Committer.Name, CommitShape.CommitterDiffers);
        shape |= AddPair(this[SegmentColumn.Zones], _zones, layout.Author.Zone, layout.Committer.Zone, CommitShape.ZoneDiffers);
        shape |= AddTexts(layout);
        this[SegmentColumn.Shapes].WriteByte((byte)shape);
    }

    private void AddSeconds(long seconds)
    {
        this[SegmentColumn.Times].WriteDifference(seconds, _seconds);
        _seconds = seconds;
    }

    private static CommitShape AddPair(ColumnWriter column, NameTable names, ReadOnlySpan<byte> author, ReadOnlySpan<byte> committer, CommitShape differs)
    {
        column.WriteNumber((ulong)names.GetOrAdd(author));
        if (author.SequenceEqual(committer))
        {
            return CommitShape.Plain;
        }

        column.WriteNumber((ulong)names.GetOrAdd(committer));
        return differs;
    }

    private CommitShape AddTexts(in CommitLayout layout)
    {
        CommitShape shape = CommitShape.Plain;
        ColumnWriter lengths = this[SegmentColumn.Lengths];
        if (layout.HasMessage)
        {
            ColumnWriter messages = this[SegmentColumn.Messages];
            ColumnWriter ids = this[SegmentColumn.MessageIds];
            int before = messages.Length;
            int idsBefore = ids.Length;
            bool isPacked = PackedIds.Pack(layout.Message, messages, ids);
            lengths.WriteNumber((ulong)(messages.Length - before));
            if (isPacked)
            {
                shape |= CommitShape.HasPackedIds;
                lengths.WriteNumber((ulong)((ids.Length - idsBefore) / ObjectId.Size));
            }
        }
        else
        {
            shape |= CommitShape.HasNoMessage;
        }

        if (!layout.Headers.IsEmpty)
        {
            shape |= CommitShape.HasHeaders;
            lengths.WriteNumber((ulong)layout.Headers.Length);
            this[SegmentColumn.Headers].Write(layout.Headers);
        }

        return shape;
    }

    /// <summary>Numbers names in the order they come first.</summary>
    private sealed class NameTable
    {
        private readonly Dictionary<byte[], int> _numbers = new(BytesComparer.Instance);
        private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
        private readonly ColumnWriter _names;

        public NameTable(ColumnWriter names)
        {
            _names = names;
            _bySpan = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        public int GetOrAdd(ReadOnlySpan<byte> name)
        {
            if (_bySpan.TryGetValue(name, out int number))
            {
                return number;
            }

            number = _numbers.Count;
            _bySpan[name] = number;
            _names.WriteNumber((ulong)name.Length);
            _names.Write(name);
            return number;
        }
    }
}
