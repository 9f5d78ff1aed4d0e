using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Caching;

/// <summary>
/// The key of an envelope in memcached, 38 bytes: 'e', format version 1, the first 16 bytes of SHA-256 of the repository's name, the object's id.
/// After the repository was flushed, its generation (<see cref="RepositoryGenerations"/>) follows the name in what is hashed: a zero byte and 8 bytes,
/// little-endian. So a flush lists no keys: nobody asks for the old ones any more, and memcached drops them as the least recently used.
/// The repository is part of it although contents are addressed by hash: otherwise whoever may read one repository could read any object of
/// another whose id he knows. A change of the envelope's format takes a new version, so that old and new servers can share nodes.
/// </summary>
internal static class EnvelopeKey
{
    public const int SizeBytes = 2 + RepositoryBytes + ObjectId.Size;

    private const int RepositoryBytes = 16;

    /// <summary>One key for each id.</summary>
    public static ReadOnlyMemory<byte>[] For(RepositoryName repository, long generation, ReadOnlySpan<ObjectId> ids)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HashName(repository, generation, digest);
        byte[] block = GC.AllocateUninitializedArray<byte>(ids.Length * SizeBytes);
        var keys = new ReadOnlyMemory<byte>[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            Span<byte> key = block.AsSpan(i * SizeBytes, SizeBytes);
            key[0] = (byte)'e';
            key[1] = 1;
            digest[..RepositoryBytes].CopyTo(key[2..]);
            ids[i].CopyTo(key[(2 + RepositoryBytes)..]);
            keys[i] = block.AsMemory(i * SizeBytes, SizeBytes);
        }

        return keys;
    }

    /// <summary>Where a repository's generation lies, 18 bytes: 'g', format version 1, the first 16 bytes of SHA-256 of its name.</summary>
    public static ReadOnlyMemory<byte> ForGeneration(RepositoryName repository)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        HashName(repository, 0, digest);
        return (byte[])[(byte)'g', 1, .. digest[..RepositoryBytes]];
    }

    private static void HashName(RepositoryName repository, long generation, Span<byte> digest)
    {
        Span<byte> text = stackalloc byte[RepositoryName.LengthMax + 1 + sizeof(long)];
        int length = Encoding.ASCII.GetBytes(repository.Value, text);
        if (generation != 0)
        {
            text[length] = 0;
            BinaryPrimitives.WriteInt64LittleEndian(text[(length + 1)..], generation);
            length += 1 + sizeof(long);
        }

        SHA256.HashData(text[..length], digest);
    }
}
