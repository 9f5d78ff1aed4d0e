using System.Buffers;
using System.Buffers.Binary;
using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>One update of a dirstate as it is appended to its file. Layout in FORMAT.md.</summary>
public sealed class DirstateBatch
{
    public const int HeaderBytes = 56;

    private const int ChecksumOffset = 52;
    private readonly byte[] _payload;
    private readonly int _entries;

    private DirstateBatch(byte[] payload, int entries)
    {
        _payload = payload;
        _entries = entries;
    }

    /// <summary>What follows the header.</summary>
    public ReadOnlyMemory<byte> Payload => _payload;

    /// <summary>All it takes in the file.</summary>
    public int Bytes => HeaderBytes + _payload.Length;

    internal static ReadOnlySpan<byte> Magic => "mrdb"u8;

    /// <summary>Encodes an update; null where it takes more than <paramref name="bytesMax"/>.</summary>
    /// <param name="changes">Ascending by path, each once.</param>
    /// <param name="bytesMax">Header included.</param>
    /// <exception cref="ArgumentException">The paths do not ascend.</exception>
    public static DirstateBatch? TryEncode(IEnumerable<DirstateEntry> changes, long bytesMax)
    {
        ArrayBufferWriter<byte> payload = new();
        EntryEncoder encoder = new(payload);
        int entries = 0;
        foreach (DirstateEntry entry in changes)
        {
            encoder.Write(entry.IsRacy ? entry with { Stat = null } : entry, sharesPath: true);
            entries++;
            if (DirstateLayout.Align(payload.WrittenCount) > bytesMax - HeaderBytes)
            {
                return null;
            }
        }

        byte[] padded = new byte[DirstateLayout.Align(payload.WrittenCount)];
        payload.WrittenSpan.CopyTo(padded);
        return HeaderBytes + padded.Length > bytesMax ? null : new DirstateBatch(padded, entries);
    }

    /// <summary>The header, written after the payload: it makes the batch count.</summary>
    /// <param name="tree">The tree that is checked out from then on.</param>
    /// <param name="sequence">One more than the state's before.</param>
    /// <param name="writtenNs">The file system's time, taken after all statuses were.</param>
    public byte[] Header(ObjectId tree, long sequence, long writtenNs)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), _payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), sequence);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), writtenNs);
        tree.CopyTo(header.AsSpan(24));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(44), _entries);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(48), Checksum.Compute(_payload));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(ChecksumOffset), Checksum.Compute(header.AsSpan(0, ChecksumOffset)));
        return header;
    }

    /// <summary>How long the batch is that begins with a header, and its tree; false where it is no header. The payload is not looked at.</summary>
    /// <param name="header">The header's bytes, or fewer at a file's end.</param>
    /// <param name="bytes">Header included.</param>
    /// <param name="tree">The tree that is checked out from then on.</param>
    public static bool TryMeasure(ReadOnlySpan<byte> header, out int bytes, out ObjectId tree)
    {
        (bytes, tree) = (0, default);
        if (!IsHeader(header) || BinaryPrimitives.ReadInt32LittleEndian(header[4..]) is var length && length < 0)
        {
            return false;
        }

        (bytes, tree) = (HeaderBytes + length, new ObjectId(header.Slice(24, ObjectId.Size)));
        return true;
    }

    /// <summary>What begins at these bytes; false where it is no whole batch.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> bytes, out Content content)
    {
        content = default;
        if (!IsHeader(bytes))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (length < 0 || length % DirstateLayout.Alignment != 0 || length > bytes.Length - HeaderBytes)
        {
            return false;
        }

        content = new Content(
            bytes.Slice(HeaderBytes, length),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[44..]),
            new ObjectId(bytes.Slice(24, ObjectId.Size)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]) == Checksum.Compute(content.Payload);
    }

    private static bool IsHeader(ReadOnlySpan<byte> bytes) => bytes.Length >= HeaderBytes && bytes.StartsWith(Magic)
        && BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) == Checksum.Compute(bytes[..ChecksumOffset]);

    internal readonly ref struct Content(ReadOnlySpan<byte> payload, int entries, ObjectId tree, long sequence, long writtenNs)
    {
        public ReadOnlySpan<byte> Payload { get; } = payload;

        public ObjectId Tree { get; } = tree;

        public long Sequence { get; } = sequence;

        /// <exception cref="DirstateFormatException">The payload is not what the checksums vouch for.</exception>
        public OverlayEntry[] ReadEntries()
        {
            // An entry takes three bytes at least.
            if (entries < 0 || entries > Payload.Length / 3)
            {
                throw DirstateLayout.Damaged("a batch's number of entries can't be");
            }

            OverlayEntry[] read = new OverlayEntry[entries];
            EntryDecoder decoder = new();
            ReadOnlySpan<byte> rest = Payload;
            for (int i = 0; i < entries; i++)
            {
                decoder.Read(ref rest, sharesPath: i > 0);
                read[i] = new OverlayEntry(
                    new DirstateEntry(decoder.Path.ToArray(), decoder.Mode, decoder.Id, decoder.Stat)
                    {
                        IsRacy = decoder.Stat?.IsRacy(writtenNs) ?? false,
                        IsDropped = decoder.IsDropped,
                    },
                    Sequence);
                if (i > 0 && read[i - 1].ComparePath(read[i].Path) >= 0)
                {
                    throw DirstateLayout.Damaged("a batch's paths do not ascend");
                }
            }

            return read;
        }
    }
}
