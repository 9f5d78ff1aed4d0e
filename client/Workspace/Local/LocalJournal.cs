using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Formats.Objects;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Local;

/// <summary>Where an object lies in the data file.</summary>
internal readonly record struct LocalPlace(ObjectKind Kind, long Offset, int LengthBytes);

/// <summary>The journal's bytes: writing records and replaying them. Layout in FORMAT.md.</summary>
internal static class LocalJournal
{
    public const int HeaderBytes = 20;

    /// <summary>Records of one batch, in bytes: some eight million objects.</summary>
    public const int BatchBytesMax = 1 << 28;

    private const int BatchHeaderBytes = 8;
    private const int ObjectRecordBytes = 34;
    private const int RefRecordBytes = 23;
    private const byte ObjectRecord = 1;
    private const byte RefRecord = 2;

    private static ReadOnlySpan<byte> Magic => "MRLOCAL1"u8;

    public static byte[] Header(ulong generation)
    {
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), generation);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Checksum.Compute(header.AsSpan(0, 16)));
        return header;
    }

    public static void WriteObject(IBufferWriter<byte> records, ObjectId id, LocalPlace place)
    {
        Span<byte> record = records.GetSpan(ObjectRecordBytes);
        record[0] = ObjectRecord;
        id.CopyTo(record[1..]);
        record[21] = (byte)place.Kind;
        BinaryPrimitives.WriteInt64LittleEndian(record[22..], place.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(record[30..], place.LengthBytes);
        records.Advance(ObjectRecordBytes);
    }

    public static void WriteRef(IBufferWriter<byte> records, RefName name, ObjectId? target)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name.Value);
        Span<byte> record = records.GetSpan(RefRecordBytes + bytes.Length);
        record[0] = RefRecord;
        (target ?? ObjectId.Null).CopyTo(record[1..]);
        BinaryPrimitives.WriteUInt16LittleEndian(record[21..], (ushort)bytes.Length);
        bytes.CopyTo(record[RefRecordBytes..]);
        records.Advance(RefRecordBytes + bytes.Length);
    }

    /// <summary>Frames records as a batch.</summary>
    /// <exception cref="IOException">There are more than a batch holds.</exception>
    public static byte[] Batch(ReadOnlySpan<byte> records)
    {
        if (records.Length > BatchBytesMax)
        {
            throw new IOException($"A commit's list of objects takes {records.Length} bytes, more than the {BatchBytesMax} that fit.");
        }

        byte[] batch = new byte[BatchHeaderBytes + records.Length];
        BinaryPrimitives.WriteInt32LittleEndian(batch, records.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(batch.AsSpan(4), Checksum.Compute(records));
        records.CopyTo(batch.AsSpan(BatchHeaderBytes));
        return batch;
    }

    /// <summary>Replays a journal.</summary>
    /// <exception cref="CorruptHistoryException">It is damaged before its last batch.</exception>
    public static LocalContents Read(ReadOnlySpan<byte> journal, string path)
    {
        if (journal.Length < HeaderBytes || !journal.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(journal[16..]) != Checksum.Compute(journal[..16]))
        {
            throw Damaged(path, 0);
        }

        LocalContents contents = new(BinaryPrimitives.ReadUInt64LittleEndian(journal[8..]));
        int offset = HeaderBytes;
        while (offset < journal.Length)
        {
            ReadOnlySpan<byte> rest = journal[offset..];
            if (rest.Length < BatchHeaderBytes)
            {
                break;
            }

            int length = BinaryPrimitives.ReadInt32LittleEndian(rest);

            // An empty batch is never written, but a file that grew before a power loss ends in zeros.
            if (length is <= 0 or > BatchBytesMax || length > rest.Length - BatchHeaderBytes)
            {
                break;
            }

            ReadOnlySpan<byte> records = rest.Slice(BatchHeaderBytes, length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) != Checksum.Compute(records))
            {
                if (rest.Length > BatchHeaderBytes + length)
                {
                    throw Damaged(path, offset);
                }

                contents.HasDoubtfulEnd = true;
                break;
            }

            ReadRecords(records, contents, path, offset);
            offset += BatchHeaderBytes + length;
        }

        contents.JournalBytes = offset;
        return contents;
    }

    private static void ReadRecords(ReadOnlySpan<byte> records, LocalContents contents, string path, int offset)
    {
        while (!records.IsEmpty)
        {
            if (records[0] == ObjectRecord && records.Length >= ObjectRecordBytes)
            {
                LocalPlace place = new((ObjectKind)records[21], BinaryPrimitives.ReadInt64LittleEndian(records[22..]), BinaryPrimitives.ReadInt32LittleEndian(records[30..]));
                if (!place.Kind.IsKnown() || place.Offset < 0 || place.LengthBytes < ObjectEnvelope.HeaderBytes || place.Offset > long.MaxValue - place.LengthBytes)
                {
                    throw Damaged(path, offset);
                }

                contents.AddObject(new ObjectId(records.Slice(1, ObjectId.Size)), place);
                records = records[ObjectRecordBytes..];
                continue;
            }

            int nameBytes = records[0] == RefRecord && records.Length >= RefRecordBytes ? BinaryPrimitives.ReadUInt16LittleEndian(records[21..]) : int.MaxValue;
            if (nameBytes > records.Length - RefRecordBytes || !RefName.TryParse(Encoding.UTF8.GetString(records.Slice(RefRecordBytes, nameBytes)), out RefName name))
            {
                throw Damaged(path, offset);
            }

            ObjectId target = new(records.Slice(1, ObjectId.Size));
            contents.SetRef(name, target.IsNull ? null : target);
            records = records[(RefRecordBytes + nameBytes)..];
        }
    }

    private static CorruptHistoryException Damaged(string path, int offset) =>
        new($"The journal of local commits '{path}' is damaged at byte {offset}.");
}
