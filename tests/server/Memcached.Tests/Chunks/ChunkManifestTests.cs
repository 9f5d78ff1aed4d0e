using System.Security.Cryptography;
using Monorepo.Memcached.Chunks;

namespace Monorepo.Memcached.Tests.Chunks;

public sealed class ChunkManifestTests
{
    private const int ChunkBytes = 1000;

    [Fact]
    public void Its_bytes_are_these()
        => Assert.Equal(
            "4D52434D01000000E8030000DD0500000000000005A727A68D6EA1D540D74AED700C9AAADC2DB65A4879770C28C69C8B5C7BFBFE",
            Convert.ToHexString(ChunkManifest.Of(new byte[1501], ChunkBytes).Encode()));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(999, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(2000, 2)]
    [InlineData(2001, 3)]
    public void It_survives_the_wire_and_its_extents_cover_the_value(int valueBytes, int chunks)
    {
        byte[] value = RandomNumberGenerator.GetBytes(valueBytes);
        byte[] encoded = ChunkManifest.Of(value, ChunkBytes).Encode();
        Assert.Equal(ChunkManifest.EncodedBytes, encoded.Length);
        Assert.Equal(SHA256.HashData(value), encoded[20..]);
        ChunkManifest manifest = ChunkManifest.Decode(encoded, valueBytes)!;
        Assert.Equal(chunks, manifest.ChunkCount);
        int covered = 0;
        for (int i = 0; i < chunks; i++)
        {
            (int offset, int bytes) = manifest.Extent(i);
            Assert.Equal(covered, offset);
            Assert.InRange(bytes, 1, ChunkBytes);
            covered += bytes;
        }

        Assert.Equal(valueBytes, covered);
        Assert.True(manifest.Matches(value));
        value[^1] ^= 1;
        Assert.False(manifest.Matches(value));
    }

    [Fact]
    public void Every_truncation_and_extension_is_refused()
    {
        byte[] encoded = ChunkManifest.Of(new byte[5000], ChunkBytes).Encode();
        for (int bytes = 0; bytes < encoded.Length; bytes++)
            Assert.Null(ChunkManifest.Decode(encoded.AsSpan(0, bytes), 5000));
        Assert.Null(ChunkManifest.Decode([.. encoded, 0], 5000));
    }

    [Fact]
    public void Sizes_beyond_the_limits_are_refused()
    {
        byte[] encoded = ChunkManifest.Of(new byte[5000], ChunkBytes).Encode();
        Assert.NotNull(ChunkManifest.Decode(encoded, 5000));
        Assert.Null(ChunkManifest.Decode(encoded, 4999));
        Assert.Null(ChunkManifest.Decode(Changed(8, 0), 5000));
        Assert.Null(ChunkManifest.Decode(Changed(11, 0xFF), 5000));
        Assert.Null(ChunkManifest.Decode(Changed(19, 0xFF), 5000));
        for (int header = 0; header < 8; header++)
            Assert.Null(ChunkManifest.Decode(Changed(header, 0x7F), 5000));

        byte[] Changed(int at, byte to)
        {
            byte[] changed = [.. encoded];
            changed[at] = to;
            if (at == 8)
                changed[9] = 0;
            return changed;
        }
    }

    [Fact]
    public void Chunk_keys_are_short_and_all_different()
    {
        ChunkManifest one = ChunkManifest.Of(new byte[5000], ChunkBytes);
        ChunkManifest other = ChunkManifest.Of(new byte[5001], ChunkBytes);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(keys.Add(Convert.ToHexString(one.ChunkKey(i))));
            Assert.True(keys.Add(Convert.ToHexString(other.ChunkKey(i))));
            Assert.InRange(one.ChunkKey(i).Length, 1, MemcachedOptions.KeyBytesMax);
        }
    }
}
