using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Dirstate;

/// <summary>Walks a dirstate's entries in order. Not thread-safe.</summary>
public sealed class DirstateCursor
{
    private readonly DirstateReader _reader;
    private int _nextBlock;
    private ReadOnlyMemory<byte> _rest;
    private byte[] _path = new byte[256];
    private int _pathBytes;

    internal DirstateCursor(DirstateReader reader, int block)
    {
        _reader = reader;
        _nextBlock = block;
    }

    /// <summary>Valid until the next <see cref="MoveNext"/>.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathBytes);

    public FileMode Mode { get; private set; }

    public ObjectId Id { get; private set; }

    public RecordedStat? Stat { get; private set; }

    /// <summary>The entry with a path of its own.</summary>
    public DirstateEntry Current => new(Path.ToArray(), Mode, Id, Stat);

    /// <exception cref="DirstateFormatException">The next block is damaged.</exception>
    public bool MoveNext()
    {
        bool first = _rest.IsEmpty;
        if (first)
        {
            if (_reader.Block(_nextBlock) is not { } block)
            {
                return false;
            }

            _nextBlock++;
            _rest = block;
        }

        ReadOnlySpan<byte> span = _rest.Span;
        ulong shared = Varint(ref span);
        ulong further = Varint(ref span);
        if (shared > (ulong)(first ? 0 : _pathBytes) || further > (ulong)span.Length || shared + further == 0)
        {
            throw DirstateReader.Damaged("a path's lengths can't be");
        }

        int length = (int)(shared + further);
        if (_path.Length < length)
        {
            Array.Resize(ref _path, length * 2);
        }

        span[..(int)further].CopyTo(_path.AsSpan((int)shared));
        _pathBytes = length;
        span = span[(int)further..];
        Mode = (FileMode)Varint(ref span);
        if (span.Length < ObjectId.Size + 1)
        {
            throw DirstateReader.Damaged("an entry is cut");
        }

        Id = new ObjectId(span[..ObjectId.Size]);
        byte flags = span[ObjectId.Size];
        span = span[(ObjectId.Size + 1)..];
        Stat = (flags & DirstateLayout.HasStat) == 0
            ? null
            : new RecordedStat((long)Varint(ref span), DirstateLayout.UnZigZag(Varint(ref span)), DirstateLayout.UnZigZag(Varint(ref span)), Varint(ref span));
        _rest = _rest[^span.Length..];
        return true;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> span)
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(span.Length, DirstateLayout.VarintBytesMax); i++)
        {
            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] < 0x80)
            {
                span = span[(i + 1)..];
                return value;
            }
        }

        throw DirstateReader.Damaged("a number does not end");
    }
}
