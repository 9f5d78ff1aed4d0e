using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Monorepo.Memcached.Chunks;

/// <summary>
/// What is stored under the key of a value that is over the item limit; the value itself lies in chunks under keys derived from its SHA-256,
/// so writers of the same value share them and chunks of different values never mix.
/// Layout, little-endian, 52 bytes: magic "MRCM", version 1, three zero bytes, u32 chunk bytes, u64 value bytes, SHA-256 of the value.
/// </summary>
internal sealed class ChunkManifest
{
    public const int EncodedBytes = 52;

    /// <summary>The client flag bit that says "this is a manifest".</summary>
    public const uint ClientFlag = 0x8000_0000;

    private const byte Version = 1;
    private readonly byte[] _digest;

    private ChunkManifest(int chunkBytes, int valueBytes, byte[] digest)
    {
        ChunkBytes = chunkBytes;
        ValueBytes = valueBytes;
        _digest = digest;
    }

    /// <summary>Bytes of every chunk but the last.</summary>
    public int ChunkBytes { get; }

    public int ValueBytes { get; }

    public int ChunkCount => (int)(((long)ValueBytes + ChunkBytes - 1) / ChunkBytes);

    public static ChunkManifest Of(ReadOnlySpan<byte> value, int chunkBytes) => new(chunkBytes, value.Length, SHA256.HashData(value));

    /// <summary>Null when the bytes are not a manifest of a non-empty value of at most <paramref name="valueBytesMax"/>.</summary>
    public static ChunkManifest? Decode(ReadOnlySpan<byte> encoded, int valueBytesMax)
    {
        if (encoded.Length != EncodedBytes || !encoded.StartsWith("MRCM\u0001\0\0\0"u8))
            return null;
        uint chunkBytes = BinaryPrimitives.ReadUInt32LittleEndian(encoded[8..]);
        ulong valueBytes = BinaryPrimitives.ReadUInt64LittleEndian(encoded[12..]);
        bool sane = valueBytes > 0 && valueBytes <= (ulong)valueBytesMax
            && chunkBytes >= MemcachedOptions.ItemOverheadBytes && chunkBytes <= int.MaxValue;
        return sane ? new ChunkManifest((int)chunkBytes, (int)valueBytes, encoded[20..].ToArray()) : null;
    }

    public byte[] Encode()
    {
        byte[] encoded = new byte[EncodedBytes];
        "MRCM"u8.CopyTo(encoded);
        encoded[4] = Version;
        BinaryPrimitives.WriteUInt32LittleEndian(encoded.AsSpan(8), (uint)ChunkBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(encoded.AsSpan(12), (ulong)ValueBytes);
        _digest.CopyTo(encoded, 20);
        return encoded;
    }

    /// <summary>"chunk:" + SHA-256 of the value + u32 little-endian number.</summary>
    public byte[] ChunkKey(int number)
    {
        byte[] key = new byte[6 + SHA256.HashSizeInBytes + sizeof(uint)];
        "chunk:"u8.CopyTo(key);
        _digest.CopyTo(key, 6);
        BinaryPrimitives.WriteUInt32LittleEndian(key.AsSpan(6 + SHA256.HashSizeInBytes), (uint)number);
        return key;
    }

    /// <summary>Where chunk <paramref name="number"/> lies in the value.</summary>
    public (int Offset, int Bytes) Extent(int number)
    {
        int offset = number * ChunkBytes;
        return (offset, Math.Min(ChunkBytes, ValueBytes - offset));
    }

    /// <summary>True when <paramref name="value"/> is the value this manifest was made of.</summary>
    public bool Matches(ReadOnlySpan<byte> value)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(value, digest);
        return value.Length == ValueBytes && digest.SequenceEqual(_digest);
    }
}
