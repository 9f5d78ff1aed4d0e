using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Monorepo.Rpc.Wire;

/// <summary>What became of a compressed message.</summary>
public enum DecompressResult
{
    Done,

    /// <summary>It would be larger than allowed; decompression stopped there.</summary>
    TooLarge,

    /// <summary>It is not whole, valid data of its encoding.</summary>
    Corrupt,
}

/// <summary>The message encodings we speak: <c>identity</c> and <c>gzip</c> (one member a message).</summary>
public static class MessageEncoding
{
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>The value of <c>grpc-accept-encoding</c> we send.</summary>
    public const string Accepted = "identity,gzip";

    // RFC 1952: a ten byte header, at least two bytes of deflate data, CRC and size.
    private const int GzipBytesMin = 20;
    private const int GzipSizeFieldBytes = 4;

    public static string NameOf(RpcCompression compression) => compression == RpcCompression.Gzip ? Gzip : Identity;

    /// <summary>Null and <c>identity</c> mean no compression; false for an encoding we do not speak.</summary>
    public static bool TryParse(string? name, out RpcCompression compression)
    {
        compression = string.Equals(name, Gzip, StringComparison.Ordinal) ? RpcCompression.Gzip : RpcCompression.Identity;
        return compression == RpcCompression.Gzip || name is null or "" or Identity;
    }

    /// <summary>True when a <c>grpc-accept-encoding</c> value lists gzip.</summary>
    public static bool AcceptsGzip(string? acceptEncoding)
        => acceptEncoding is not null
            && acceptEncoding.Split(',', StringSplitOptions.TrimEntries).Contains(Gzip, StringComparer.Ordinal);

    /// <summary>A gzip member that holds <paramref name="message"/>, which must not be empty: GZipStream would write nothing.</summary>
    public static byte[] GzipCompress(ReadOnlySpan<byte> message)
    {
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(message);

        return compressed.ToArray();
    }

    /// <summary>Allocates no more than <paramref name="messageBytesMax"/> whatever the input claims.</summary>
    public static DecompressResult TryGzipDecompress(
        in ReadOnlySequence<byte> compressed,
        int messageBytesMax,
        out byte[] message)
    {
        message = [];

        // What GZipStream makes of no input; a .NET peer may send it for an empty message.
        if (compressed.IsEmpty)
            return DecompressResult.Done;
        if (compressed.Length < GzipBytesMin)
            return DecompressResult.Corrupt;

        byte[] input = compressed.ToArray();
        uint announced = BinaryPrimitives.ReadUInt32LittleEndian(input.AsSpan(input.Length - GzipSizeFieldBytes));
        if (announced > (uint)messageBytesMax)
            return DecompressResult.TooLarge;

        byte[] output = new byte[announced];
        try
        {
            using GZipStream gzip = new(new MemoryStream(input, writable: false), CompressionMode.Decompress);
            if (gzip.ReadAtLeast(output, output.Length, throwOnEndOfStream: false) != output.Length)
                return DecompressResult.Corrupt;

            // One more byte, or a clean end that has checked the CRC. The size field must have told the truth.
            Span<byte> extra = stackalloc byte[1];
            if (gzip.Read(extra) != 0)
                return DecompressResult.Corrupt;
        }
        catch (InvalidDataException)
        {
            return DecompressResult.Corrupt;
        }

        message = output;
        return DecompressResult.Done;
    }
}
