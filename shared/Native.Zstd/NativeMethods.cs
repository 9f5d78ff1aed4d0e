using System.Runtime.InteropServices;

namespace Monorepo.Native.Zstd;

internal static unsafe partial class NativeMethods
{
    private const string Library = ZstdLibrary.Name;

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compressBound(nuint srcSize);

    [LibraryImport(Library)]
    internal static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    internal static partial byte* ZSTD_getErrorName(nuint code);

    [LibraryImport(Library)]
    internal static partial nint ZSTD_createCCtx();

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(Library)]
    internal static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compressCCtx(CompressionContextHandle context, byte* dst, nuint dstCapacity, byte* src, nuint srcSize, int level);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_CCtx_reset(CompressionContextHandle context, int directive);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_CCtx_setParameter(CompressionContextHandle context, int parameter, int value);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_CCtx_refPrefix(CompressionContextHandle context, byte* prefix, nuint prefixSize);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_compress2(CompressionContextHandle context, byte* dst, nuint dstCapacity, byte* src, nuint srcSize);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_DCtx_refPrefix(DecompressionContextHandle context, byte* prefix, nuint prefixSize);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_DCtx_reset(DecompressionContextHandle context, int directive);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_decompressStream(DecompressionContextHandle context, ZstdOutBuffer* output, ZstdInBuffer* input);

    [LibraryImport(Library)]
    internal static partial nuint ZSTD_decompressDCtx(DecompressionContextHandle context, byte* dst, nuint dstCapacity, byte* src, nuint srcSize);
}

/// <summary><c>ZSTD_inBuffer</c>.</summary>
internal unsafe struct ZstdInBuffer
{
    public byte* Source;
    public nuint SizeBytes;
    public nuint PositionBytes;
}

/// <summary><c>ZSTD_outBuffer</c>.</summary>
internal unsafe struct ZstdOutBuffer
{
    public byte* Destination;
    public nuint SizeBytes;
    public nuint PositionBytes;
}
