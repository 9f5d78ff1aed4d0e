using System.Runtime.InteropServices;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Blobs.Wire;

/// <summary>The body of a Get. Layout in FORMAT.md.</summary>
public static class GetRequest
{
    /// <summary>The longest body.</summary>
    public const int BytesMax = 1 + RepositoryName.LengthMax + (BlobLimits.KeysPerRequestMax * ObjectId.Size);

    public static int Size(RepositoryName repository, int keys) => 1 + repository.Value.Length + (keys * ObjectId.Size);

    /// <param name="destination">Exactly <see cref="Size"/> bytes.</param>
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
    /// <param name="repository">Default unless the result is <see cref="WireError.None"/>.</param>
    /// <param name="ids">Null unless the result is <see cref="WireError.None"/>.</param>
    public static WireError Read(ReadOnlySpan<byte> body, int keys, out RepositoryName repository, out ObjectId[]? ids)
    {
        repository = default;
        ids = null;
        if (keys is < 0 or > BlobLimits.KeysPerRequestMax)
            return WireError.LimitExceeded;
        if (body.IsEmpty)
            return WireError.Truncated;
        int nameBytes = body[0];
        int size = 1 + nameBytes + (keys * ObjectId.Size);
        if (body.Length != size)
            return body.Length < size ? WireError.Truncated : WireError.TrailingBytes;
        ReadOnlySpan<byte> name = body.Slice(1, nameBytes);
        if (!Ascii.IsValid(name) || !RepositoryName.TryParse(Encoding.ASCII.GetString(name), out repository))
            return WireError.RepositoryName;
        ids = MemoryMarshal.Cast<byte, ObjectId>(body[(1 + nameBytes)..]).ToArray();
        return WireError.None;
    }
}
