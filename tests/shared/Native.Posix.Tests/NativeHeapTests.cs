using System.Runtime.InteropServices;

namespace Monorepo.Native.Posix.Tests;

public sealed class NativeHeapTests
{
    private const nint LargeBytes = 16 << 20;
    private const nint MiddleBytes = 1 << 20;
    private const nint PageBytes = 4_096;

    // Where glibc's block begins that has pages of its own: behind its two words.
    private const nint AheadOfBlock = 16;

    /// <summary>Once a large block was freed, glibc would cut smaller ones from its heap, where they pin what lies around them.</summary>
    [Fact]
    public void Large_blocks_have_pages_of_their_own_whatever_was_freed_before()
    {
        Assert.True(NativeHeap.Limit());

        Marshal.FreeHGlobal(Marshal.AllocHGlobal(LargeBytes));
        nint block = Marshal.AllocHGlobal(MiddleBytes);
        nint place = block % PageBytes;
        Marshal.FreeHGlobal(block);

        Assert.Equal(AheadOfBlock, place);
    }
}
