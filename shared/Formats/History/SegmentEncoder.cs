using System.Buffers;
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
        for (int i = 0; i < entries.Length; i++)
        {
            ReadOnlySpan<byte> decoded = columns[(SegmentColumn)i];
            int before = segment.WrittenCount;
            Store((SegmentColumn)i, decoded, segment, level);
            ReadOnlySpan<byte> stored = segment.WrittenSpan[before..];
            entries[i] = new ColumnEntry(stored.Length, decoded.Length, Checksum.Compute(stored));
        }

        byte[] bytes = segment.WrittenSpan.ToArray();
        SegmentHeader.Write(bytes, position, count, bodyBytes, entries);
        return bytes;
    }

    private static void Store(SegmentColumn column, ReadOnlySpan<byte> decoded, ArrayBufferWriter<byte> segment, int level)
    {
        // Ids do not compress; trying costs time on both sides.
        if (column is not (SegmentColumn.TreeIds or SegmentColumn.MessageIds) && !decoded.IsEmpty)
        {
            Span<byte> frame = segment.GetSpan(ZstdCodec.CompressBound(decoded.Length));
            int frameBytes = level <= ZstdCodec.DefaultLevel ? ZstdCodec.Compress(decoded, frame, level) : ZstdCodec.CompressOnce(decoded, frame, level);
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

        _identities = new NameTable(Column(SegmentColumn.IdentityNames));
        _zones = new NameTable(Column(SegmentColumn.ZoneNames));
    }

    public ReadOnlySpan<byte> this[SegmentColumn column] => Column(column).Written;

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

        _count++;
    }

    private ColumnWriter Column(SegmentColumn column) => _columns[(int)column];

    private bool AddParents(Commit commit, IParentPositions positions)
    {
        long position = _position + _count;
        bool known = true;
        ColumnWriter column = Column(SegmentColumn.Parents);
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
        Column(SegmentColumn.TreeReferences).WriteNumber(exists ? (ulong)(_count - earlier) : 0);
        earlier = _count;
        if (!exists)
        {
            Column(SegmentColumn.TreeIds).Write(tree.AsSpan());
        }
    }

    private void AddRaw(Commit commit)
    {
        Column(SegmentColumn.Shapes).WriteByte((byte)CommitShape.Raw);
        AddSeconds(commit.Committer.UnixSeconds);
        Column(SegmentColumn.Lengths).WriteNumber((ulong)commit.Body.Length);
        Column(SegmentColumn.Headers).Write(commit.Body.Span);
    }

    private void AddColumns(in CommitLayout layout)
    {
        CommitShape shape = CommitShape.Plain;
        AddSeconds(layout.Committer.Seconds);
        if (layout.Author.Seconds != layout.Committer.Seconds)
        {
            shape |= CommitShape.SecondsDiffer;
            Column(SegmentColumn.Times).WriteDifference(layout.Author.Seconds, layout.Committer.Seconds);
        }

        shape |= AddPair(Column(SegmentColumn.Identities), _identities, layout.Author.Name, layout.Committer.Name, CommitShape.CommitterDiffers);
        shape |= AddPair(Column(SegmentColumn.Zones), _zones, layout.Author.Zone, layout.Committer.Zone, CommitShape.ZoneDiffers);
        shape |= AddTexts(layout);
        Column(SegmentColumn.Shapes).WriteByte((byte)shape);
    }

    private void AddSeconds(long seconds)
    {
        Column(SegmentColumn.Times).WriteDifference(seconds, _seconds);
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
        ColumnWriter lengths = Column(SegmentColumn.Lengths);
        if (layout.HasMessage)
        {
            ColumnWriter messages = Column(SegmentColumn.Messages);
            int before = messages.Length;
            shape |= PackedIds.Pack(layout.Message, messages, Column(SegmentColumn.MessageIds)) ? CommitShape.HasPackedIds : CommitShape.Plain;
            lengths.WriteNumber((ulong)(messages.Length - before));
        }
        else
        {
            shape |= CommitShape.HasNoMessage;
        }

        if (!layout.Headers.IsEmpty)
        {
            shape |= CommitShape.HasHeaders;
            lengths.WriteNumber((ulong)layout.Headers.Length);
            Column(SegmentColumn.Headers).Write(layout.Headers);
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

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
