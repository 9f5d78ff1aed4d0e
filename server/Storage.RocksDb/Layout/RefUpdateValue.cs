using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>A value of <c>reflog</c>: the time, then every change. Layout in FORMAT.md.</summary>
internal static class RefUpdateValue
{
    private const int HeaderBytes = sizeof(ulong) + sizeof(uint);
    private const int ChangeHeaderBytes = 1 + sizeof(ushort);
    private const byte HasExpected = 1;
    private const byte HasTarget = 2;
    private const byte HasPeeled = 4;
    private const byte FlagsKnown = HasExpected | HasTarget | HasPeeled;

    public static byte[] Encode(long unixMilliseconds, IReadOnlyList<RefChange> changes)
    {
        ArrayBufferWriter<byte> writer = new();
        Span<byte> header = writer.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteInt64BigEndian(header, unixMilliseconds);
        BinaryPrimitives.WriteUInt32BigEndian(header[sizeof(long)..], (uint)changes.Count);
        writer.Advance(HeaderBytes);
        foreach (RefChange change in changes)
        {
            string name = change.Name.Value;
            int nameBytes = StoreKeys.Utf8.GetByteCount(name);
            Span<byte> start = writer.GetSpan(ChangeHeaderBytes + nameBytes);
            start[0] = (byte)((change.Expected is null ? 0 : HasExpected) | (change.Target is null ? 0 : HasTarget) | (change.Peeled is null ? 0 : HasPeeled));
            BinaryPrimitives.WriteUInt16BigEndian(start[1..], checked((ushort)nameBytes));
            StoreKeys.Utf8.GetBytes(name, start[ChangeHeaderBytes..]);
            writer.Advance(ChangeHeaderBytes + nameBytes);
            Write(writer, change.Expected);
            Write(writer, change.Target);
            Write(writer, change.Peeled);
        }

        return writer.WrittenSpan.ToArray();
    }

    public static RefUpdate Decode(long offset, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = value;
        ReadOnlySpan<byte> header = Take(ref rest, HeaderBytes);
        long unixMilliseconds = BinaryPrimitives.ReadInt64BigEndian(header);
        uint count = BinaryPrimitives.ReadUInt32BigEndian(header[sizeof(long)..]);
        if (count > IRefStore.ChangesMax || count > rest.Length / ChangeHeaderBytes)
            throw Damaged();

        RefChange[] changes = new RefChange[count];
        for (int i = 0; i < changes.Length; i++)
        {
            ReadOnlySpan<byte> start = Take(ref rest, ChangeHeaderBytes);
            byte flags = start[0];
            if ((flags & ~FlagsKnown) != 0)
                throw Damaged();

            RefName name = DecodeName(Take(ref rest, BinaryPrimitives.ReadUInt16BigEndian(start[1..])));
            ObjectId? expected = Read(ref rest, flags, HasExpected);
            ObjectId? target = Read(ref rest, flags, HasTarget);
            changes[i] = new RefChange(name, expected, target, Read(ref rest, flags, HasPeeled));
        }

        return rest.IsEmpty ? new RefUpdate(offset, unixMilliseconds, changes) : throw Damaged();
    }

    /// <summary>The time alone, in milliseconds since 1970.</summary>
    public static long ReadTime(ReadOnlySpan<byte> value) =>
        value.Length >= HeaderBytes ? BinaryPrimitives.ReadInt64BigEndian(value) : throw Damaged();

    public static RefName DecodeName(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return RefName.Parse(StoreKeys.Utf8.GetString(utf8));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw StorageFailures.Corrupt($"a ref's name is invalid: {e.Message}");
        }
    }

    private static void Write(ArrayBufferWriter<byte> writer, ObjectId? id)
    {
        if (id is not { } value)
            return;

        value.CopyTo(writer.GetSpan(ObjectId.Size));
        writer.Advance(ObjectId.Size);
    }

    private static ObjectId? Read(ref ReadOnlySpan<byte> rest, byte flags, byte flag) =>
        (flags & flag) == 0 ? null : new ObjectId(Take(ref rest, ObjectId.Size));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int bytes)
    {
        if (rest.Length < bytes)
            throw Damaged();

        ReadOnlySpan<byte> taken = rest[..bytes];
        rest = rest[bytes..];
        return taken;
    }

    private static StorageException Damaged() => StorageFailures.Corrupt("an entry of the ref-update log is damaged");
}
