using Google.Protobuf;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Paths;

/// <summary>Checks of the requests about paths, and the form their answers have.</summary>
internal static class PathRequests
{
    /// <exception cref="RpcException">INVALID_ARGUMENT: no path in a tree.</exception>
    public static ReadOnlyMemory<byte> ParsePath(ByteString path)
    {
        ReadOnlySpan<byte> rest = path.Span;
        if (rest.Length > IPathIndex.PathBytesMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a path of {rest.Length} bytes is longer than {IPathIndex.PathBytesMax}.");
        }

        while (!rest.IsEmpty)
        {
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? rest : rest[..slash];
            if (name.IsEmpty || name.Contains((byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || slash == rest.Length - 1)
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"'{path.ToStringUtf8()}' is not a path in a tree: names joined by single slashes, without '.' and '..'.");
            }

            rest = slash < 0 ? default : rest[(slash + 1)..];
        }

        return path.Memory;
    }

    /// <summary>Checks that the client's positions mean what ours do.</summary>
    /// <returns><paramref name="length"/>, which the log has.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: another epoch. OUT_OF_RANGE: past the log.</exception>
    public static async ValueTask<long> CheckAsync(IRepository repository, ulong epoch, ulong length, CancellationToken cancellationToken)
    {
        if (epoch != repository.History.Epoch)
        {
            throw new RpcException(RpcStatusCode.FailedPrecondition, "the server's history was rebuilt, and the positions asked for are of the old one; clone again.");
        }

        long present = await repository.History.GetLengthAsync(cancellationToken);
        return length <= (ulong)present
            ? (long)length
            : throw new RpcException(RpcStatusCode.OutOfRange, $"the log has {present} commits, and a position up to {length} was asked for.");
    }

    public static PathChangeList ToMessage(IReadOnlyList<PathChange> changes)
    {
        PathChangeList list = new();
        list.Steps.Capacity = changes.Count;
        long above = 0;
        for (int i = 0; i < changes.Count; i++)
        {
            list.Steps.Add((ulong)(i == 0 ? changes[i].Position : above - changes[i].Position));
            above = changes[i].Position;
            if (changes[i].SameParents != 0)
            {
                list.Merges.Add((uint)i);
                list.SameParents.Add(changes[i].SameParents);
            }
        }

        return list;
    }
}
