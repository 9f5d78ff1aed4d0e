using System.Buffers;

namespace Monorepo.Formats.Dirstate;

/// <summary>Writes entries one after the other; each shares the beginning of its path with the one before.</summary>
internal sealed class EntryEncoder(IBufferWriter<byte> output)
{
    private byte[] _lastPath = new byte[256];
    private int _lastPathBytes;

    /// <param name="entry">Its path is after the one before.</param>
    /// <param name="sharesPath">False for the first of a block, which can be read without those before.</param>
    /// <exception cref="ArgumentException">The path is empty, or not after the one before.</exception>
    public void Write(in DirstateEntry entry, bool sharesPath)
    {
        ReadOnlySpan<byte> path = entry.Path.Span;
        ReadOnlySpan<byte> last = _lastPath.AsSpan(0, _lastPathBytes);
        if (path.IsEmpty || last.SequenceCompareTo(path) >= 0)
        {
            throw new ArgumentException("Dirstate paths are not empty and ascend by bytes.", nameof(entry));
        }

        int shared = sharesPath ? last.CommonPrefixLength(path) : 0;
        Varint((ulong)shared);
        Varint((ulong)(path.Length - shared));
        output.Write(path[shared..]);
        Varint((uint)entry.Mode);
        if (!entry.IsRemoved)
        {
            output.Write(entry.Id.AsSpan());
            output.Write([(byte)((entry.Stat is null ? 0 : DirstateLayout.HasStat) | (entry.IsDropped ? DirstateLayout.IsDropped : 0))]);
            if (entry.Stat is { } stat)
            {
                Varint((ulong)stat.SizeBytes);
                Varint(DirstateLayout.ZigZag(stat.MtimeNs));
                Varint(DirstateLayout.ZigZag(stat.CtimeNs));
                Varint(stat.Inode);
            }
        }

        if (_lastPath.Length < path.Length)
        {
            _lastPath = new byte[path.Length * 2];
        }

        path.CopyTo(_lastPath);
        _lastPathBytes = path.Length;
    }

    private void Varint(ulong value)
    {
        Span<byte> bytes = output.GetSpan(DirstateLayout.VarintBytesMax);
        int count = 0;
        while (value >= 0x80)
        {
            bytes[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[count++] = (byte)value;
        output.Advance(count);
    }
}
