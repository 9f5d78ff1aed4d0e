using Google.Protobuf;
using Google.Protobuf.Collections;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.PathHistory.Queries;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Paths;

/// <summary>Streams the changes of paths from the index, newest first, at the pace the client takes them.</summary>
internal static class PathHistoryStream
{
    public const int PathsMax = 1_024;

    // A log of one commit needs one; a whole history should not pay for many messages.
    private const int FirstBlockChanges = 64;
    private const int BlockChangesMax = 16_384;

    public static async Task WriteAsync(
        IRepository repository, PathIndexKeeper keeper, GetPathHistoryRequest request, IRpcStreamWriter<PathHistoryBlock> output, CancellationToken cancellationToken)
    {
        if (request.Paths.Count is 0 or > PathsMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'paths' holds {request.Paths.Count} entries; 1 to {PathsMax} are allowed.");
        }

        if (request.From.Count != 0 && request.From.Count != request.Paths.Count)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'from' holds {request.From.Count} entries for {request.Paths.Count} paths.");
        }

        ReadOnlyMemory<byte>[] paths = [.. request.Paths.Select(PathRequests.ParsePath)];
        long below = await PathRequests.CheckAsync(repository, request.Epoch, request.Below, cancellationToken);
        await keeper.WaitAsync(repository, below, cancellationToken);
        long limit = request.Limit == 0 ? long.MaxValue : request.Limit;
        for (int i = 0; i < paths.Length; i++)
        {
            ulong from = request.From.Count == 0 ? 0 : request.From[i];
            await WriteAsync(repository, paths[i], i, (long)Math.Min(from, long.MaxValue), below, limit, request.WantEntries, output, cancellationToken);
        }
    }

    private static async Task WriteAsync(
        IRepository repository, ReadOnlyMemory<byte> path, int index, long from, long below, long limit, bool wantEntries,
        IRpcStreamWriter<PathHistoryBlock> output, CancellationToken cancellationToken)
    {
        int size = FirstBlockChanges;
        while (true)
        {
            int count = (int)Math.Min(size, limit);
            IReadOnlyList<PathChange> changes = await repository.Paths.ReadAsync(path, below, count, cancellationToken);
            int wanted = changes.Count;
            while (wanted > 0 && changes[wanted - 1].Position < from)
            {
                wanted--;
            }

            changes = wanted == changes.Count ? changes : [.. changes.Take(wanted)];
            limit -= changes.Count;
            PathHistoryBlock block = new() { Path = (uint)index, Changes = PathRequests.ToMessage(changes), IsLast = changes.Count < count || limit == 0 };
            if (wantEntries)
            {
                List<PathEntry> entries = await PathEntryReader.ReadAsync(repository, path, [.. changes.Select(c => c.Position)], cancellationToken);
                block.Ids = ToMessage(entries, block.Modes);
            }

            await output.WriteAsync(block, cancellationToken);
            if (block.IsLast)
            {
                return;
            }

            below = changes[^1].Position;
            size = Math.Min(2 * size, BlockChangesMax);
        }
    }

    /// <summary>Fills the modes and gives the ids one after the other.</summary>
    public static ByteString ToMessage(List<PathEntry> entries, RepeatedField<uint> modes)
    {
        byte[] ids = new byte[entries.Count * ObjectId.Size];
        for (int i = 0; i < entries.Count; i++)
        {
            modes.Add((uint)entries[i].Mode);
            entries[i].Id.CopyTo(ids.AsSpan(i * ObjectId.Size));
        }

        return UnsafeByteOperations.UnsafeWrap(ids);
    }
}
