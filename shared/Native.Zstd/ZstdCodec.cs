using System.Runtime.InteropServices;

namespace Monorepo.Native.Zstd;

/// <summary>A frame that zstd will not read, or a buffer it will not fit.</summary>
public sealed class ZstdException(string message) : IOException(message);

/// <summary>
/// Compresses and decompresses whole zstd frames. Safe from any thread: each thread keeps one context,
/// which zstd reuses without allocating (about 1 MB at the levels used here).
/// </summary>
public static unsafe class ZstdCodec
{
    /// <summary>zstd's own default is 3; 1 costs a third of its time for about 5 % more bytes on source code.</summary>
    public const int FastLevel = 1;

    public const int DefaultLevel = 3;

    /// <summary><c>ZSTD_reset_session_only</c>.</summary>
    private const int SessionOnly = 1;

    [ThreadStatic]
    private static CompressionContextHandle? t_compression;

    [ThreadStatic]
    private static DecompressionContextHandle? t_decompression;

    /// <summary>A destination of this size always holds the frame.</summary>
    public static int CompressBound(int sourceBytes)
    {
        t_compression ??= new CompressionContextHandle(); // Whoever asks compresses next; and it says what to install where the library is missing.
        return checked((int)NativeMethods.ZSTD_compressBound((nuint)sourceBytes));
    }

    /// <returns>The frame's size in bytes.</returns>
    /// <exception cref="ZstdException">The destination is too small.</exception>
    public static int Compress(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        t_compression ??= new CompressionContextHandle();
        fixed (byte* src = source, dst = destination)
        {
            return Check(NativeMethods.ZSTD_compressCCtx(t_compression, dst, (nuint)destination.Length, src, (nuint)source.Length, level));
        }
    }

    /// <summary>
    /// As <see cref="Compress"/>, referring also to bytes that the reader has: what small frames lose against one large frame comes back. The
    /// frame can be read with the same prefix only.
    /// </summary>
    /// <returns>The frame's size in bytes.</returns>
    /// <exception cref="ZstdException">The destination is too small.</exception>
    public static int CompressAfter(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        const int CompressionLevel = 100;
        t_compression ??= new CompressionContextHandle();
        fixed (byte* before = prefix, src = source, dst = destination)
        {
            Check(NativeMethods.ZSTD_CCtx_reset(t_compression, SessionOnly)); // A failure leaves the last frame unfinished.
            Check(NativeMethods.ZSTD_CCtx_setParameter(t_compression, CompressionLevel, level));
            Check(NativeMethods.ZSTD_CCtx_refPrefix(t_compression, before, (nuint)prefix.Length));
            return Check(NativeMethods.ZSTD_compress2(t_compression, dst, (nuint)destination.Length, src, (nuint)source.Length));
        }
    }

    /// <summary>
    /// As <see cref="Compress"/>, with a context of its own that is freed at once: for rare work at high levels, whose
    /// contexts take tens of megabytes that no thread should keep.
    /// </summary>
    /// <returns>The frame's size in bytes.</returns>
    /// <exception cref="ZstdException">The destination is too small.</exception>
    public static int CompressOnce(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        using CompressionContextHandle context = new();
        fixed (byte* src = source, dst = destination)
        {
            return Check(NativeMethods.ZSTD_compressCCtx(context, dst, (nuint)destination.Length, src, (nuint)source.Length, level));
        }
    }

    /// <summary>Decompresses one frame that must fill <paramref name="destination"/> exactly.</summary>
    /// <exception cref="ZstdException">The frame is damaged or its content has another size.</exception>
    public static void Decompress(ReadOnlySpan<byte> frame, Span<byte> destination) => DecompressAfter(default, frame, destination);

    /// <summary>As <see cref="Decompress"/>, what <see cref="CompressAfter"/> made with the same prefix. Another prefix gives other bytes or an exception.</summary>
    /// <exception cref="ZstdException">The frame is damaged or its content has another size.</exception>
    public static void DecompressAfter(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        t_decompression ??= new DecompressionContextHandle();
        fixed (byte* before = prefix, src = frame, dst = destination)
        {
            if (!prefix.IsEmpty)
            {
                Check(NativeMethods.ZSTD_DCtx_reset(t_decompression, SessionOnly)); // A frame may have been left in the middle.
                Check(NativeMethods.ZSTD_DCtx_refPrefix(t_decompression, before, (nuint)prefix.Length));
            }

            // An empty span pins as null, which zstd takes for "no buffer".
            byte none;
            int written = Check(NativeMethods.ZSTD_decompressDCtx(t_decompression, dst is null ? &none : dst, (nuint)destination.Length, src, (nuint)frame.Length));
            if (written != destination.Length)
            {
                throw new ZstdException($"A zstd frame holds {written} bytes where {destination.Length} were announced.");
            }
        }
    }

    /// <summary>
    /// Decodes the beginning of one frame, as much as fills <paramref name="destination"/>, and leaves the rest: costs what it gives. The
    /// thread's context keeps a buffer of the frame's window for it.
    /// </summary>
    /// <exception cref="ZstdException">The frame is damaged, or its content is shorter.</exception>
    public static void DecompressStart(ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        t_decompression ??= new DecompressionContextHandle();
        Check(NativeMethods.ZSTD_DCtx_reset(t_decompression, SessionOnly));
        fixed (byte* src = frame, dst = destination)
        {
            ZstdInBuffer input = new() { Source = src, SizeBytes = (nuint)frame.Length };
            ZstdOutBuffer output = new() { Destination = dst, SizeBytes = (nuint)destination.Length };
            while (output.PositionBytes < output.SizeBytes)
            {
                (nuint read, nuint written) = (input.PositionBytes, output.PositionBytes);
                bool isEnd = Check(NativeMethods.ZSTD_decompressStream(t_decompression, &output, &input)) == 0;
                bool isStuck = input.PositionBytes == read && output.PositionBytes == written;
                if (output.PositionBytes < output.SizeBytes && (isEnd || isStuck))
                    throw new ZstdException($"A zstd frame holds {output.PositionBytes} bytes where {destination.Length} or more were announced.");
            }
        }
    }

    private static int Check(nuint code) => NativeMethods.ZSTD_isError(code) == 0
        ? checked((int)code)
        : throw new ZstdException($"zstd: {Marshal.PtrToStringUTF8((nint)NativeMethods.ZSTD_getErrorName(code))}");
}
