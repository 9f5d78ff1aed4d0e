using System.Buffers.Text;
using System.Security.Cryptography;
using Monorepo.Native.OpenSsl;

namespace Monorepo.Core;

/// <summary>
/// Computes object ids: SHA-1 over <c>kind SP size NUL body</c>. Use <see cref="Hash"/> for a body in memory,
/// an instance for one that is streamed. Instances are not thread-safe.
/// </summary>
public sealed class ObjectHasher : IDisposable
{
    // "commit" + space + 19 digits + NUL.
    private const int HeaderBytesMax = 27;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);

    public static ObjectId Hash(ObjectKind kind, ReadOnlySpan<byte> body)
    {
        Span<byte> header = stackalloc byte[HeaderBytesMax];
        Span<byte> digest = stackalloc byte[ObjectId.Size];
        Sha1.Hash(header[..WriteHeader(kind, body.Length, header)], body, digest);
        return new ObjectId(digest);
    }

    /// <summary>Begins an object whose body will be exactly <paramref name="sizeBytes"/> long.</summary>
    public void Start(ObjectKind kind, long sizeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        Span<byte> header = stackalloc byte[HeaderBytesMax];
        _hash.AppendData(header[..WriteHeader(kind, sizeBytes, header)]);
    }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The id; the hasher is ready for the next <see cref="Start"/>.</summary>
    public ObjectId Finish()
    {
        Span<byte> digest = stackalloc byte[ObjectId.Size];
        _hash.GetHashAndReset(digest);
        return new ObjectId(digest);
    }

    public void Dispose() => _hash.Dispose();

    private static int WriteHeader(ObjectKind kind, long sizeBytes, Span<byte> destination)
    {
        ReadOnlySpan<byte> name = kind.ToUtf8();
        name.CopyTo(destination);
        destination[name.Length] = (byte)' ';
        Utf8Formatter.TryFormat(sizeBytes, destination[(name.Length + 1)..], out int digits);
        destination[name.Length + 1 + digits] = 0;
        return name.Length + digits + 2;
    }
}
