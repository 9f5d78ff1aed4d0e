using Google.Protobuf;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.PathHistory.Queries;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Paths;

/// <summary>The answers about paths that fit in one message.</summary>
internal static class PathAnswers
{
    public const int LimitMax = 256;

    public static async Task<GetPathEntriesResponse> ReadEntriesAsync(IRepository repository, GetPathEntriesRequest request, CancellationToken cancellationToken)
    {
        if (request.Positions.Count > ServiceLimits.IdsMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'positions' holds {request.Positions.Count} entries, at most {ServiceLimits.IdsMax} are allowed; ask in several requests.");
        }

        ReadOnlyMemory<byte> path = PathRequests.ParsePath(request.Path);
        ulong highest = request.Positions.Count == 0 ? 0 : request.Positions.Max();
        await PathRequests.CheckAsync(repository, request.Epoch, highest == ulong.MaxValue ? highest : highest + 1, cancellationToken);
        List<PathEntry> entries = await PathEntryReader.ReadAsync(repository, path, [.. request.Positions.Select(p => (long)p)], cancellationToken);
        GetPathEntriesResponse response = new();
        response.Ids = PathHistoryStream.ToMessage(entries, response.Modes);
        return response;
    }

    public static async Task<GetLastModifiedResponse> ReadLastModifiedAsync(
        IRepository repository, PathIndexKeeper keeper, GetLastModifiedRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is 0 or > LimitMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'limit' is {request.Limit}; 1 to {LimitMax} are allowed.");
        }

        ReadOnlyMemory<byte> directory = PathRequests.ParsePath(request.Directory);
        ulong length = request.Position == ulong.MaxValue ? request.Position : request.Position + 1;
        long below = await PathRequests.CheckAsync(repository, request.Epoch, length, cancellationToken);
        List<(byte[] Name, PathEntry Entry)> entries = await PathEntryReader.ListAsync(repository, directory, below - 1, cancellationToken)
            ?? throw new RpcException(RpcStatusCode.NotFound, $"'{request.Directory.ToStringUtf8()}' is no directory in that commit.");
        await keeper.WaitAsync(repository, below, cancellationToken);

        byte[] prefix = directory.IsEmpty ? [] : [.. directory.Span, (byte)'/'];
        ReadOnlyMemory<byte>[] paths = [.. entries.Select(e => (ReadOnlyMemory<byte>)(byte[])[.. prefix, .. e.Name])];
        IReadOnlyList<IReadOnlyList<PathChange>> changes = await repository.Paths.ReadEachAsync(paths, below, (int)request.Limit, cancellationToken);
        GetLastModifiedResponse response = new();
        for (int i = 0; i < entries.Count; i++)
        {
            response.Entries.Add(new LastModifiedEntry
            {
                Name = UnsafeByteOperations.UnsafeWrap(entries[i].Name),
                Mode = (uint)entries[i].Entry.Mode,
                Id = RequestIds.ToMessage(entries[i].Entry.Id),
                Changes = PathRequests.ToMessage(changes[i]),
                IsLast = changes[i].Count < request.Limit,
            });
        }

        return response;
    }
}
