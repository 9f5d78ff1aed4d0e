namespace Monorepo.Memcached;

/// <summary>How much of its memory limit memcached needs for a value, with the slab classes it has by default (-f 1.25, -n 48, pages of 1 MiB).</summary>
public static class MemcachedItemSize
{
    // sizeof(item) on 64 bits, the compare-and-swap number, the key's and the value's ends.
    private const int HeaderBytes = 48;
    private const int CasBytes = 8;
    private const int KeyEndBytes = 1;
    private const int ValueEndBytes = 2;

    private const int SmallestChunkBytes = 96;
    private const double GrowthFactor = 1.25;
    private const int ChunkAlignmentBytes = 8;

    // Larger items are chains of chunks of at most half a page, each with a header of its own, behind an item that is a header only.
    private const int ChunkBytesMax = 512 << 10;
    private const int ChunkHeaderBytes = 48;

    private static readonly int[] s_chunkBytes = [.. ChunkSizes()];

    /// <summary>Bytes of the chunk that an item with this key and value occupies; of longer items, of all its chunks.</summary>
    public static long Of(int keyBytes, long valueBytes)
    {
        long headBytes = HeaderBytes + CasBytes + keyBytes + KeyEndBytes;
        long dataBytes = valueBytes + ValueEndBytes;
        if (headBytes + dataBytes <= ChunkBytesMax)
            return OfOne(headBytes + dataBytes);
        (long chunks, long restBytes) = Math.DivRem(dataBytes, ChunkBytesMax - ChunkHeaderBytes);
        return OfOne(headBytes + ChunkHeaderBytes) + (chunks * ChunkBytesMax) + (restBytes == 0 ? 0 : OfOne(restBytes + ChunkHeaderBytes));
    }

    private static long OfOne(long itemBytes)
    {
        int index = Array.BinarySearch(s_chunkBytes, (int)itemBytes);
        return s_chunkBytes[index < 0 ? ~index : index];
    }

    private static IEnumerable<int> ChunkSizes()
    {
        double size = SmallestChunkBytes;
        while (size <= ChunkBytesMax / GrowthFactor)
        {
            int aligned = ((int)size + ChunkAlignmentBytes - 1) / ChunkAlignmentBytes * ChunkAlignmentBytes;
            yield return aligned;
            size = aligned * GrowthFactor;
        }

        yield return ChunkBytesMax;
    }
}
