using System.Globalization;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Posix.Tests;

public sealed class NativeHeapTests
{
    private const int Blocks = 4_096;
    private const int BlockBytes = 16 << 10;
    private const int KeptEvery = 64;

    [Fact]
    public void Arenas_can_be_limited() => Assert.True(NativeHeap.LimitArenas());

    [Fact]
    public void Free_pages_between_blocks_in_use_are_given_back()
    {
        nint[] blocks = [.. Enumerable.Range(0, Blocks).Select(static _ => Marshal.AllocHGlobal(BlockBytes))];
        byte[] content = new byte[BlockBytes];
        foreach (nint block in blocks)
            Marshal.Copy(content, 0, block, BlockBytes);
        nint[] kept = [.. blocks.Where(static (_, i) => i % KeptEvery == KeptEvery - 1)];
        foreach (nint block in blocks.Except(kept))
            Marshal.FreeHGlobal(block);
        long before = ResidentBytes();

        NativeHeap.GiveBackFree();

        Assert.InRange(before - ResidentBytes(), (long)Blocks * BlockBytes / 2, long.MaxValue);
        foreach (nint block in kept)
            Marshal.FreeHGlobal(block);
    }

    private static long ResidentBytes() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
