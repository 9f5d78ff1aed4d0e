namespace Monorepo.Native.Posix;

/// <summary>
/// How the C library's allocator, which RocksDB and UCX use, keeps memory. As it comes, glibc has an arena for each of many threads, and lets large
/// blocks that were freed once be cut from them afterwards: under a mixed load they grow for hours. Limits as found to keep a
/// server's memory level: under misses and evictions it grew by a quarter in 10 minutes before, from twice the size.
/// </summary>
public static class NativeHeap
{
    // mallopt's parameters, from malloc.h.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    private const int Arenas = 2;
    private const int LargeBytes = 256 << 10;
    private const int KeptFreeBytes = 1 << 20;

    /// <summary>
    /// Few arenas, large blocks always apart and given back when they are freed. For programs that live long or move much; first of all, before
    /// there are threads that allocate.
    /// </summary>
    /// <returns>False where the C library does not take the settings; nothing is lost then but memory.</returns>
    public static bool Limit() =>
        NativeMethods.mallopt(ArenaMax, Arenas) != 0
        & NativeMethods.mallopt(MmapThreshold, LargeBytes) != 0
        & NativeMethods.mallopt(TrimThreshold, KeptFreeBytes) != 0;
}
