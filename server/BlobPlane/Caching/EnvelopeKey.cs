using System.Security.Cryptography;
using System.Text;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Caching;

/// <summary>
/// The key of an envelope in memcached, 38 bytes: 'e', format version 1, the first 16 bytes of SHA-256 of the repository's name, the object's id.
/// The repository is part of it although contents are addressed by hash: otherwise whoever may read one repository could read any object of
/// another whose id he knows. A change of the envelope's format takes a new version, so that old and new servers can share nodes.
/// </summary>
internal static class EnvelopeKey
{
    public const int SizeBytes = 2 + RepositoryBytes + ObjectId.Size;

    private const int RepositoryBytes = 16;

    /// <summary>One key for each id.</summary>
    public static ReadOnlyMemory<byte>[] For(RepositoryName repository, ReadOnlySpan<ObjectId> ids)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(repository.Value), digest);
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
}
