using System.Buffers.Binary;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>What <c>meta</c> keeps of a repository: its number (4 bytes) and its log's epoch (8 bytes, not zero).</summary>
internal readonly record struct RepositoryRecord(uint Number, ulong Epoch)
{
    public const int Bytes = sizeof(uint) + sizeof(ulong);

    /// <summary>One below the largest, so that a number's successor always exists.</summary>
    public const uint NumberMax = uint.MaxValue - 1;

    public byte[] Encode()
    {
        byte[] value = new byte[Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(value, Number);
        BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(sizeof(uint)), Epoch);
        return value;
    }

    public static RepositoryRecord Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length != Bytes)
            throw StorageFailures.Corrupt($"a repository record has {value.Length} bytes instead of {Bytes}");

        RepositoryRecord record = new(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt64BigEndian(value[sizeof(uint)..]));
        if (record.Number is 0 or > NumberMax || record.Epoch == 0)
            throw StorageFailures.Corrupt($"a repository record holds number {record.Number} and epoch {record.Epoch}");
        return record;
    }
}
