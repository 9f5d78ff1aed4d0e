using System.Runtime.InteropServices;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Blobs.Wire;

/// <summary>The body of a Get. Layout in FORMAT.md.</summary>
public static class GetRequest
{
    /// <summary>The longest body.</summary>
    public const int BytesMax = 1 + RepositoryName.LengthMax + (BlobLimits.KeysPerRequestMax * ObjectId.Size);

    public static int Size(RepositoryName repository, int keys) => Size(repository.Value.Length, keys);

    internal static int Size(int nameBytes, int keys) => 1 + nameBytes + (keys * ObjectId.Size);

    /// <param name="destination">Exactly <see cref="Size(RepositoryName, int)"/> bytes.</param>
    public static void Write(Span<byte> destination, RepositoryName repository, ReadOnlySpan<ObjectId> ids)
    {
        string name = repository.Value;
        destination[0] = (byte)name.Length;
        _ = Encoding.ASCII.GetBytes(name, destination[1..]);
        // An ObjectId is its 20 bytes and nothing else.
        MemoryMarshal.AsBytes(ids).CopyTo(destination[(1 + name.Length)..]);
    }

    /// <param name="body">The whole body and nothing else.</param>
    /// <param name="keys">From the header.</param>
    /// <param name="name">The repository's name, unchecked: see <see cref="TryParseName"/>. A part of <paramref name="body"/>.</param>
    /// <param name="ids">A part of <paramref name="body"/>.</param>
    public static WireError Read(ReadOnlySpan<byte> body, int keys, out ReadOnlySpan<byte> name, out ReadOnlySpan<ObjectId> ids)
    {
        name = default;
        ids = default;
        if (keys is < 0 or > BlobLimits.KeysPerRequestMax)
            return WireError.LimitExceeded;
        if (body.IsEmpty)
            return WireError.Truncated;
        int size = Size(body[0], keys);
        if (body.Length != size)
            return body.Length < size ? WireError.Truncated : WireError.TrailingBytes;
        name = body.Slice(1, body[0]);
        ids = MemoryMarshal.Cast<byte, ObjectId>(body[(1 + body[0])..]);
        return WireError.None;
    }

    /// <summary>False: the name breaks the rules for names.</summary>
    public static bool TryParseName(ReadOnlySpan<byte> name, out RepositoryName repository)
    {
        repository = default;
        return Ascii.IsValid(name) && RepositoryName.TryParse(Encoding.ASCII.GetString(name), out repository);
    }
}
