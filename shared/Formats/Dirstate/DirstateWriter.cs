using System.Buffers;
using System.Buffers.Binary;
using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>Writes a dirstate's base front to back. Memory: one block and eight bytes a block. Not thread-safe.</summary>
public sealed class DirstateWriter
{
    private readonly Stream _stream;
    private readonly ObjectId _tree;
    private readonly DirstateStamp _stamp;
    private readonly long _writtenNs;
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly EntryEncoder _encoder;
    private readonly List<long> _offsets = [];
    private int _entriesInBlock;
    private long _entries;
    private long _offset = DirstateLayout.HeaderBytes;

    /// <param name="stream">Seekable, at its start; stays the caller's, who makes it durable.</param>
    /// <param name="tree">The tree whose files these are.</param>
    /// <param name="stamp">The state's; its lineage is not 0.</param>
    /// <param name="writtenNs">The file system's time, taken after all statuses were.</param>
    public DirstateWriter(Stream stream, ObjectId tree, DirstateStamp stamp, long writtenNs)
    {
        _stream = stream;
        _tree = tree;
        _stamp = stamp;
        _writtenNs = writtenNs;
        _encoder = new EntryEncoder(_block);
        _stream.Write(new byte[DirstateLayout.HeaderBytes]);
    }

    /// <summary>Adds the next file; paths ascend by bytes. A status that proves nothing is left out.</summary>
    /// <exception cref="ArgumentException">The path is empty, or not after the one before; or the entry is a removed one.</exception>
    public void Add(in DirstateEntry entry)
    {
        if (entry.IsRemoved)
        {
            throw new ArgumentException("A base holds no removed paths.", nameof(entry));
        }

        // It would look trustworthy beside this file's later time.
        _encoder.Write(entry.IsRacy ? entry with { Stat = null } : entry, sharesPath: _entriesInBlock > 0);
        _entries++;
        if (++_entriesInBlock == DirstateLayout.EntriesPerBlockMax)
        {
            FlushBlock();
        }
    }

    /// <summary>Writes index and header. Call once, last; the stream is at the base's end then.</summary>
    public void Finish()
    {
        if (_entriesInBlock > 0)
        {
            FlushBlock();
        }

        int indexBytes = _offsets.Count * sizeof(long);
        long end = _offset + indexBytes + sizeof(uint);
        byte[] index = new byte[DirstateLayout.Align(end) - _offset];
        for (int i = 0; i < _offsets.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(i * sizeof(long)), _offsets[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(indexBytes), Checksum.Compute(index.AsSpan(0, indexBytes)));
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
        BinaryPrimitives.WriteInt64LittleEndian(header[64..], _stamp.Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(header[72..], _stamp.Lineage);
        BinaryPrimitives.WriteUInt32LittleEndian(header[DirstateLayout.HeaderChecksumOffset..], Checksum.Compute(header[..DirstateLayout.HeaderChecksumOffset]));
        _stream.Position = 0;
        _stream.Write(header);
        _stream.Position = DirstateLayout.Align(end);
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
}
