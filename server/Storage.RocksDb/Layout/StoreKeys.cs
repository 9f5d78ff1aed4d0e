using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>
/// The database's keys, as in FORMAT.md. Numbers are big-endian so that byte order is number order; every key of a repository starts with
/// its number, so that its keys lie together.
/// </summary>
internal static class StoreKeys
{
    public const int RepositoryBytes = sizeof(uint);
    public const int ObjectBytes = RepositoryBytes + ObjectId.Size;
    public const int PositionBytes = RepositoryBytes + sizeof(ulong);
    public const int LooseBytes = PositionBytes + sizeof(ulong);

    /// <summary>A lone surrogate has no UTF-8; writing a replacement for it would join two names into one.</summary>
    public static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ReadOnlySpan<byte> FormatVersion => "format"u8;

    public static ReadOnlySpan<byte> RepositoryPrefix => "repository/"u8;

    /// <summary>In <c>refs</c>, after the repository's number, where every other name starts with "refs/".</summary>
    public static ReadOnlySpan<byte> DefaultBranch => "HEAD"u8;

    public static byte[] Repository(RepositoryName name) => [.. RepositoryPrefix, .. Utf8.GetBytes(name.Value)];

    public static byte[] RepositoryStart(uint repository)
    {
        byte[] key = new byte[RepositoryBytes];
        BinaryPrimitives.WriteUInt32BigEndian(key, repository);
        return key;
    }

    /// <summary>The first key after all of the repository's. Its number is below the largest (<see cref="RepositoryRecord.NumberMax"/>).</summary>
    public static byte[] RepositoryEnd(uint repository) => RepositoryStart(checked(repository + 1));

    /// <param name="destination">At least <see cref="ObjectBytes"/>.</param>
    public static void WriteObject(Span<byte> destination, uint repository, ObjectId id)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, repository);
        id.CopyTo(destination[RepositoryBytes..]);
    }

    /// <summary>Keys of <c>loose</c>: clusters of one locality lie together, those of one directory near each other.</summary>
    /// <param name="destination">At least <see cref="LooseBytes"/>.</param>
    public static void WriteLoose(Span<byte> destination, uint repository, ObjectLocality locality, long cluster)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, repository);
        BinaryPrimitives.WriteUInt64BigEndian(destination[RepositoryBytes..], locality.Value);
        BinaryPrimitives.WriteUInt64BigEndian(destination[PositionBytes..], (ulong)cluster);
    }

    public static (ObjectLocality Locality, long Cluster) ReadLoose(ReadOnlySpan<byte> key) => key.Length == LooseBytes
        ? (new ObjectLocality(BinaryPrimitives.ReadUInt64BigEndian(key[RepositoryBytes..])), checked((long)BinaryPrimitives.ReadUInt64BigEndian(key[PositionBytes..])))
        : throw StorageFailures.Corrupt($"a loose cluster's key has {key.Length} bytes instead of {LooseBytes}");

    /// <summary>Keys of <c>log</c> (position), <c>clusters</c> (number) and <c>reflog</c> (offset).</summary>
    /// <param name="destination">At least <see cref="PositionBytes"/>.</param>
    public static void WritePosition(Span<byte> destination, uint repository, long position)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, repository);
        BinaryPrimitives.WriteUInt64BigEndian(destination[RepositoryBytes..], (ulong)position);
    }

    public static byte[] Position(uint repository, long position)
    {
        byte[] key = new byte[PositionBytes];
        WritePosition(key, repository, position);
        return key;
    }

    public static long ReadPosition(ReadOnlySpan<byte> key) => key.Length == PositionBytes
        ? checked((long)BinaryPrimitives.ReadUInt64BigEndian(key[RepositoryBytes..]))
        : throw StorageFailures.Corrupt($"a position key has {key.Length} bytes instead of {PositionBytes}");

    public static byte[] Ref(uint repository, string name) => [.. RepositoryStart(repository), .. Utf8.GetBytes(name)];

    public static byte[] HeadOf(uint repository) => [.. RepositoryStart(repository), .. DefaultBranch];
}
