namespace Monorepo.Native.Posix;

/// <summary>
/// How the C library's allocator, which RocksDB and UCX use, keeps memory. As it comes, glibc has an arena for each of many threads, and keeps freed
/// pages for ever where something behind them is in use. A fixed threshold for blocks with pages of their own would hold memory level, too, but each
/// content of 4 MB would have fresh pages then, and was served three times slower.
/// </summary>
public static class NativeHeap
{
    // mallopt's parameter, from malloc.h.
    private const int ArenaMax = -8;

    private const int Arenas = 2;

    /// <summary>Few arenas, shared by all threads. First of all, before there are threads that allocate.</summary>
    /// <returns>False where the C library does not take the setting; nothing is lost then but memory.</returns>
    public static bool LimitArenas() => NativeMethods.mallopt(ArenaMax, Arenas) != 0;

    /// <summary>Gives the system back every page that is free. Takes some milliseconds for hundreds of megabytes, in which other threads wait that allocate.</summary>
    public static void GiveBackFree() => _ = NativeMethods.malloc_trim(0);
}
