using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Monorepo.Core;

namespace Monorepo.Export;

/// <summary>Writes git's pack format, version 2, without deltas. The number of objects is told first, as the format wants it. Not thread-safe.</summary>
/// <param name="output">Stays the caller's.</param>
internal sealed class PackWriter(Stream output) : IDisposable
{
    private const int HeaderBytes = 12;
    private const int SizeBytesMax = 10;

    // .NET writes no stream at all where nothing is written to it: a header, an empty last block, the checksum of nothing.
    private static ReadOnlySpan<byte> NothingCompressed => [0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
    private readonly MemoryStream _compressed = new();

    public async ValueTask BeginAsync(int count, CancellationToken cancellationToken)
    {
        byte[] header = new byte[HeaderBytes];
        "PACK"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), count);
        await WriteAsync(header, cancellationToken);
    }

    public async ValueTask AddAsync(ObjectKind kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        _compressed.SetLength(0);
        WriteHead(kind, body.Length);
        if (body.IsEmpty)
        {
            _compressed.Write(NothingCompressed);
        }
        else
        {
            using ZLibStream zlib = new(_compressed, CompressionLevel.Fastest, leaveOpen: true);
            zlib.Write(body.Span);
        }

        await WriteAsync(_compressed.GetBuffer().AsMemory(0, (int)_compressed.Length), cancellationToken);
    }

    /// <summary>Writes the trailer.</summary>
    public ValueTask EndAsync(CancellationToken cancellationToken) => output.WriteAsync(_hash.GetHashAndReset(), cancellationToken);

    public void Dispose() => _hash.Dispose();

    // Four bits of the size beside the kind, then seven a byte; the top bit says that more follow.
    private void WriteHead(ObjectKind kind, int sizeBytes)
    {
        Span<byte> head = stackalloc byte[SizeBytesMax];
        int length = 0;
        int first = ((int)kind << 4) | (sizeBytes & 15);
        for (sizeBytes >>= 4; sizeBytes > 0; sizeBytes >>= 7)
        {
            head[length++] = (byte)(first | 0x80);
            first = sizeBytes & 0x7f;
        }

        head[length++] = (byte)first;
        _compressed.Write(head[..length]);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        return output.WriteAsync(bytes, cancellationToken);
    }
}
