using System.Buffers.Binary;
using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>
/// Reads a dirstate in place, usually from a memory map. Header and index are checked when it is opened, a block when it is
/// first needed by a cursor or a search. Thread-safe; cursors are not.
/// </summary>
public sealed class DirstateReader
{
    private readonly ReadOnlyMemory<byte> _file;
    private readonly int _indexOffset;
    private readonly int _blocks;

    /// <param name="file">The whole file; must stay valid and unchanged.</param>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public DirstateReader(ReadOnlyMemory<byte> file)
    {
        _file = file;
        ReadOnlySpan<byte> span = file.Span;
        if (span.Length < DirstateLayout.HeaderBytes || !span.StartsWith(DirstateLayout.Magic))
        {
            throw Damaged("it has no dirstate header");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(span[8..]);
        if (version != DirstateLayout.Version)
        {
            throw new DirstateFormatException(DirstateFault.UnknownVersion, $"The dirstate has format version {version}, this program knows version {DirstateLayout.Version}.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(span[DirstateLayout.HeaderChecksumOffset..]) != Checksum.Compute(span[..DirstateLayout.HeaderChecksumOffset])
            || BinaryPrimitives.ReadUInt32LittleEndian(span[(DirstateLayout.HeaderChecksumOffset + sizeof(uint))..]) != 0)
        {
            throw Damaged("the header's checksum differs");
        }

        long blocks = BinaryPrimitives.ReadUInt32LittleEndian(span[12..]);
        long indexOffset = BinaryPrimitives.ReadInt64LittleEndian(span[24..]);
        if (indexOffset < DirstateLayout.HeaderBytes || indexOffset + (blocks * sizeof(long)) + sizeof(uint) != span.Length)
        {
            throw Damaged("its length is not what the header says");
        }

        _blocks = (int)blocks;
        _indexOffset = (int)indexOffset;
        ReadOnlySpan<byte> index = span[_indexOffset..^sizeof(uint)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[^sizeof(uint)..]) != Checksum.Compute(index))
        {
            throw Damaged("the index's checksum differs");
        }

        Count = BinaryPrimitives.ReadInt64LittleEndian(span[16..]);
        Tree = new ObjectId(span.Slice(32, ObjectId.Size));
        WrittenNs = BinaryPrimitives.ReadInt64LittleEndian(span[56..]);
    }

    public long Count { get; }

    /// <summary>The tree that is checked out.</summary>
    public ObjectId Tree { get; }

    /// <summary>Files modified at or after this time (ns since 1970) are racy.</summary>
    public long WrittenNs { get; }

    /// <summary>All entries in order of their paths.</summary>
    public DirstateCursor Open() => new(this, 0);

    /// <summary>The entry of a path: reads about one block for each halving of the number of blocks.</summary>
    /// <exception cref="DirstateFormatException">A block on the way is damaged.</exception>
    public bool TryFind(ReadOnlySpan<byte> path, out DirstateEntry entry)
    {
        if (TryFindFirst(path, out entry) && entry.Path.Span.SequenceEqual(path))
        {
            return true;
        }

        entry = default;
        return false;
    }

    /// <summary>The first entry whose path is not before a path. Costs as <see cref="TryFind"/>.</summary>
    /// <exception cref="DirstateFormatException">A block on the way is damaged.</exception>
    public bool TryFindFirst(ReadOnlySpan<byte> path, out DirstateEntry entry)
    {
        int low = 0;
        int high = _blocks - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            DirstateCursor probe = new(this, middle);
            probe.MoveNext();
            if (probe.Path.SequenceCompareTo(path) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        DirstateCursor cursor = new(this, low);
        while (cursor.MoveNext())
        {
            if (cursor.Path.SequenceCompareTo(path) >= 0)
            {
                entry = cursor.Current;
                return true;
            }
        }

        entry = default;
        return false;
    }

    internal static DirstateFormatException Damaged(string what) => new(DirstateFault.Damaged, $"The dirstate is damaged: {what}.");

    /// <summary>A block's payload, checked; null past the last.</summary>
    internal ReadOnlyMemory<byte>? Block(int block)
    {
        if (block >= _blocks)
        {
            return null;
        }

        ReadOnlySpan<byte> span = _file.Span;
        long offset = BinaryPrimitives.ReadInt64LittleEndian(span[(_indexOffset + (block * sizeof(long)))..]);
        if (offset < DirstateLayout.HeaderBytes || offset > _indexOffset - DirstateLayout.BlockHeaderBytes)
        {
            throw Damaged("a block lies outside");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(span[(int)offset..]);
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(span[((int)offset + 4)..]);
        int start = (int)offset + DirstateLayout.BlockHeaderBytes;
        if (length > _indexOffset - start || Checksum.Compute(span.Slice(start, (int)length)) != checksum)
        {
            throw Damaged("a block's checksum differs");
        }

        return _file.Slice(start, (int)length);
    }
}
