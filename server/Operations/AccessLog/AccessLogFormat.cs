using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;

namespace Monorepo.Operations.AccessLog;

/// <summary>The access log's bytes; FORMAT.md says what they mean.</summary>
internal static class AccessLogFormat
{
    public const int FileHeaderBytes = 24;
    public const int BlockHeaderBytes = 8;
    public const int RecordBytes = 32;
    public const int PayloadBytesMax = 1 << 20;

    /// <summary>Kept keys of each <see cref="KeysOf"/>.</summary>
    public const int KeysOf = 65_536;

    private const int StringBytesMax = byte.MaxValue;
    private const int PayloadHeaderBytes = 10;

    /// <summary>Records one block holds whatever their strings are: at worst each has two of its own.</summary>
    public const int RecordsPerBlockMax = (PayloadBytesMax - PayloadHeaderBytes) / (RecordBytes + (2 * (1 + StringBytesMax)));

    private static ReadOnlySpan<byte> Magic => "MRACCL1\n"u8;

    /// <summary>Whether reads of this object are recorded.</summary>
    public static bool IsKept(in ObjectId id, int keysKept) => BinaryPrimitives.ReadUInt16BigEndian(id.AsSpan()[^2..]) < keysKept;

    public static byte[] FileHeader(long unixMilliseconds, int keysKept)
    {
        byte[] header = new byte[FileHeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8), unixMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), keysKept);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), Checksum.Compute(header.AsSpan(0, 20)));
        return header;
    }

    /// <summary>Null when the bytes are no file header.</summary>
    public static int? ReadKeysKept(ReadOnlySpan<byte> header)
    {
        if (header.Length < FileHeaderBytes || !header.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) != Checksum.Compute(header[..20]))
            return null;
        int kept = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        return kept is > 0 and <= KeysOf ? kept : null;
    }

    /// <summary>One block of 1 to <see cref="RecordsPerBlockMax"/> records.</summary>
    /// <exception cref="ArgumentException">None or too many; the strings' lengths are the caller's to keep.</exception>
    public static byte[] Block(ReadOnlySpan<AccessRecord> records)
    {
        if (records.Length is 0 or > RecordsPerBlockMax)
            throw new ArgumentException($"A block has 1 to {RecordsPerBlockMax} records, not {records.Length}.", nameof(records));
        Dictionary<string, ushort> strings = new(StringComparer.Ordinal);
        long baseTime = long.MaxValue;
        foreach (AccessRecord record in records)
        {
            baseTime = Math.Min(baseTime, record.UnixMilliseconds);
            strings.TryAdd(record.Repository.Value, (ushort)strings.Count);
            strings.TryAdd(record.Tier, (ushort)strings.Count);
        }

        byte[] block = new byte[BlockHeaderBytes + PayloadHeaderBytes + strings.Keys.Sum(static s => 1 + s.Length) + (records.Length * RecordBytes)];
        Span<byte> payload = block.AsSpan(BlockHeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(payload, baseTime);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[8..], (ushort)strings.Count);
        int at = PayloadHeaderBytes;
        foreach (string text in strings.Keys)
        {
            payload[at] = checked((byte)text.Length);
            at += 1 + Encoding.ASCII.GetBytes(text, payload[(at + 1)..]);
        }

        foreach (AccessRecord record in records)
        {
            Span<byte> bytes = payload.Slice(at, RecordBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Math.Min(uint.MaxValue, record.UnixMilliseconds - baseTime));
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], strings[record.Repository.Value]);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], strings[record.Tier]);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], record.EnvelopeBytes);
            record.Id.CopyTo(bytes[12..]);
            at += RecordBytes;
        }

        BinaryPrimitives.WriteInt32LittleEndian(block, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), Checksum.Compute(payload));
        return block;
    }

    /// <summary>The payload's length a block header announces; null when there can be no such block.</summary>
    public static int? ReadPayloadBytes(ReadOnlySpan<byte> blockHeader)
    {
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(blockHeader);
        return bytes is > PayloadHeaderBytes and <= PayloadBytesMax ? bytes : null;
    }

    /// <summary>Adds the payload's records; false, and nothing added, when it is not what its block's header says, or breaks the format.</summary>
    public static bool TryReadPayload(ReadOnlySpan<byte> blockHeader, ReadOnlySpan<byte> payload, List<AccessRecord> records)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(blockHeader[4..]) != Checksum.Compute(payload))
            return false;
        long baseTime = BinaryPrimitives.ReadInt64LittleEndian(payload);
        if (!TryReadStrings(payload, out string[] strings, out int at) || (payload.Length - at) % RecordBytes != 0)
            return false;

        RepositoryName?[] names = [.. strings.Select(static s => RepositoryName.TryParse(s, out RepositoryName name) ? name : (RepositoryName?)null)];
        int start = records.Count;
        for (; at < payload.Length; at += RecordBytes)
        {
            ReadOnlySpan<byte> bytes = payload.Slice(at, RecordBytes);
            int repository = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
            int tier = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
            if (repository >= strings.Length || tier >= strings.Length || names[repository] is not { } name)
            {
                records.RemoveRange(start, records.Count - start);
                return false;
            }

            records.Add(new AccessRecord(
                baseTime + BinaryPrimitives.ReadUInt32LittleEndian(bytes), name, new ObjectId(bytes[12..]), strings[tier],
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])));
        }

        return true;
    }

    private static bool TryReadStrings(ReadOnlySpan<byte> payload, out string[] strings, out int end)
    {
        strings = new string[BinaryPrimitives.ReadUInt16LittleEndian(payload[8..])];
        end = PayloadHeaderBytes;
        for (int i = 0; i < strings.Length; i++)
        {
            int bytes = end < payload.Length ? payload[end] : 0;
            if (bytes == 0 || bytes >= payload.Length - end)
                return false;
            strings[i] = Encoding.ASCII.GetString(payload.Slice(end + 1, bytes));
            end += 1 + bytes;
        }

        return true;
    }
}
