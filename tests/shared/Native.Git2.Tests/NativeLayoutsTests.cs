using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Git2.Tests;

/// <summary>Offsets as a C program printed them with offsetof over the headers of libgit2 1.5.1 on x86-64.</summary>
public sealed unsafe class NativeLayoutsTests
{
    [Fact]
    public void Sizes_are_those_of_the_headers()
    {
        Assert.Equal(96, sizeof(NativeDiffOptions));
        Assert.Equal(152, sizeof(NativeDiffHunk));
        Assert.Equal(40, sizeof(NativeDiffLine));
        Assert.Equal(16, sizeof(NativeError));
        Assert.Equal(40, sizeof(NativeMergeFileInput));
        Assert.Equal(48, sizeof(NativeMergeFileOptions));
        Assert.Equal(40, sizeof(NativeMergeFileResult));
    }

    [Fact]
    public void Fields_are_where_the_headers_put_them()
    {
        Assert.Equal([0, 4, 8, 16, 24, 32, 40, 48, 56, 60, 64, 72, 80, 88], Offsets<NativeDiffOptions>());
        Assert.Equal([0, 4, 8, 12, 16, 24], Offsets<NativeDiffHunk>());
        Assert.Equal([0, 4, 8, 12, 16, 24, 32], Offsets<NativeDiffLine>());
        Assert.Equal([0, 8], Offsets<NativeError>());
        Assert.Equal([0, 8, 16, 24, 32], Offsets<NativeMergeFileInput>());
        Assert.Equal([0, 8, 16, 24, 32, 36, 40], Offsets<NativeMergeFileOptions>());
        Assert.Equal([0, 8, 16, 24, 32], Offsets<NativeMergeFileResult>());
    }

    [Fact]
    public void The_library_fills_options_where_we_expect_them()
    {
        using var library = new Git2Library();
        Assert.Equal(Git2Resolver.SupportedVersion, library.Version.ToString(2));
        NativeDiffOptions options;
        Unsafe.InitBlock(&options, 0xff, (uint)sizeof(NativeDiffOptions));
        Assert.Equal(0, NativeMethods.git_diff_options_init(&options, 1));
        Assert.Equal((1u, 0u, 3u, 0u), (options.Version, options.Flags, options.ContextLines, options.InterHunkLines));
        Assert.True(options.NewPrefix is null);
    }

    private static int[] Offsets<T>() =>
        [.. typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance).Select(field => (int)Marshal.OffsetOf<T>(field.Name))];
}
