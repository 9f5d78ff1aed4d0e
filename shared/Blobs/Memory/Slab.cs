using System.Numerics;

namespace Monorepo.Blobs.Memory;

/// <summary>A run of pages cut in blocks of one size, the free ones linked through their first bytes. Guarded by its pool's lock.</summary>
internal sealed unsafe class Slab
{
    private readonly int _blockBytes;
    private readonly int _blocks;
    private byte* _free;
    private int _untouched;

    internal Slab(BufferPool pool, int sizeClass, byte* address, int pages)
    {
        Pool = pool;
        SizeClass = sizeClass;
        Address = address;
        Pages = pages;
        _blockBytes = SizeClasses.BytesOf(sizeClass);
        _blocks = (int)((long)pages * NativeArena.PageBytes / _blockBytes);
    }

    internal BufferPool Pool { get; }

    internal int SizeClass { get; }

    internal byte* Address { get; }

    internal int Pages { get; }

    internal int Used { get; private set; }

    internal bool IsFull => Used == _blocks;

    internal byte* Take()
    {
        Used++;
        if (_free == null)
            return Address + ((long)_untouched++ * _blockBytes);
        byte* block = _free;
        _free = *(byte**)block;
        return block;
    }

    internal void Give(byte* block)
    {
        *(byte**)block = _free;
        _free = block;
        Used--;
    }
}

/// <summary>Block sizes: four to each doubling from 64 bytes, so at most a fifth of a block is unused.</summary>
internal static class SizeClasses
{
    internal const int BytesMin = 64;

    /// <summary>Longer blocks are runs of pages of their own.</summary>
    internal const int BytesMax = 128 << 10;

    /// <summary>A slab has at least so many blocks.</summary>
    private const int BlocksMin = 8;

    internal static int Count { get; } = Of(BytesMax) + 1;

    /// <summary>The smallest class with blocks of at least so many bytes.</summary>
    internal static int Of(int bytes)
    {
        if (bytes <= BytesMin)
            return 0;
        int exponent = BitOperations.Log2((uint)bytes - 1);
        int quarter = (bytes - 1) >> (exponent - 2) & 3;
        return ((exponent - 6) * 4) + quarter + 1;
    }

    internal static int BytesOf(int sizeClass) => (BytesMin << (sizeClass / 4)) + ((BytesMin >> 2 << (sizeClass / 4)) * (sizeClass % 4));

    internal static int SlabPages(int sizeClass) => NativeArena.PagesFor((long)BytesOf(sizeClass) * BlocksMin);
}
