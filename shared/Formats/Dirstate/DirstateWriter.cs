using System.Buffers;
using System.Buffers.Binary;
using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>Writes a dirstate front to back. Memory: one block and eight bytes a block. Not thread-safe.</summary>
public sealed class DirstateWriter
{
    private readonly Stream _stream;
    private readonly ObjectId _tree;
    private readonly long _writtenNs;
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly List<long> _offsets = [];
    private byte[] _lastPath = [];
    private int _lastPathBytes;
    private int _entriesInBlock;
    private long _entries;
    private long _offset = DirstateLayout.HeaderBytes;
    private bool _any;

    /// <param name="stream">Seekable, at its start; stays the caller's, who makes it durable.</param>
    /// <param name="tree">The tree whose files these are.</param>
    /// <param name="writtenNs">The file system's time, taken after all statuses were.</param>
    public DirstateWriter(Stream stream, ObjectId tree, long writtenNs)
    {
        _stream = stream;
        _tree = tree;
        _writtenNs = writtenNs;
        _stream.Write(new byte[DirstateLayout.HeaderBytes]);
    }

    /// <summary>Adds the next file; paths ascend by bytes.</summary>
    /// <exception cref="ArgumentException">The path is empty, or not after the one before.</exception>
    public void Add(in DirstateEntry entry)
    {
        ReadOnlySpan<byte> path = entry.Path.Span;
        ReadOnlySpan<byte> last = _lastPath.AsSpan(0, _lastPathBytes);
        if (path.IsEmpty || (_any && last.SequenceCompareTo(path) >= 0))
        {
            throw new ArgumentException("Dirstate paths are not empty and ascend by bytes.", nameof(entry));
        }

        int shared = _entriesInBlock == 0 ? 0 : last.CommonPrefixLength(path);
        Varint((ulong)shared);
        Varint((ulong)(path.Length - shared));
        _block.Write(path[shared..]);
        Varint((uint)entry.Mode);
        _block.Write(entry.Id.AsSpan());
        _block.Write([entry.Stat is null ? (byte)0 : DirstateLayout.HasStat]);
        if (entry.Stat is { } stat)
        {
            Varint((ulong)stat.SizeBytes);
            Varint(DirstateLayout.ZigZag(stat.MtimeNs));
            Varint(DirstateLayout.ZigZag(stat.CtimeNs));
            Varint(stat.Inode);
        }

        if (_lastPath.Length < path.Length)
        {
            _lastPath = new byte[path.Length * 2];
        }

        path.CopyTo(_lastPath);
        _lastPathBytes = path.Length;
        _any = true;
        _entries++;
        if (++_entriesInBlock == DirstateLayout.EntriesPerBlockMax)
        {
            FlushBlock();
        }
    }

    /// <summary>Writes index and header. Call once, last.</summary>
    public void Finish()
    {
        if (_entriesInBlock > 0)
        {
            FlushBlock();
        }

        byte[] index = new byte[(_offsets.Count * sizeof(long)) + sizeof(uint)];
        for (int i = 0; i < _offsets.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(i * sizeof(long)), _offsets[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(index.Length - sizeof(uint)), Checksum.Compute(index.AsSpan(0, index.Length - sizeof(uint))));
        _stream.Write(index);

        Span<byte> header = stackalloc byte[DirstateLayout.HeaderBytes];
        header.Clear();
        DirstateLayout.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], DirstateLayout.Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], _offsets.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], _entries);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], _offset);
        _tree.CopyTo(header[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[56..], _writtenNs);
        BinaryPrimitives.WriteUInt32LittleEndian(header[DirstateLayout.HeaderChecksumOffset..], Checksum.Compute(header[..DirstateLayout.HeaderChecksumOffset]));
        _stream.Position = 0;
        _stream.Write(header);
    }

    private void FlushBlock()
    {
        Span<byte> header = stackalloc byte[DirstateLayout.BlockHeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, _block.WrittenCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Checksum.Compute(_block.WrittenSpan));
        _stream.Write(header);
        _stream.Write(_block.WrittenSpan);
        _offsets.Add(_offset);
        _offset += DirstateLayout.BlockHeaderBytes + _block.WrittenCount;
        _block.ResetWrittenCount();
        _entriesInBlock = 0;
    }

    private void Varint(ulong value)
    {
        Span<byte> bytes = _block.GetSpan(DirstateLayout.VarintBytesMax);
        int count = 0;
        while (value >= 0x80)
        {
            bytes[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[count++] = (byte)value;
        _block.Advance(count);
    }
}
