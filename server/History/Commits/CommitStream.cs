using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Log;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Commits;

/// <summary>Answers <c>ReadCommits</c>: the head, then commits with their places. Costs what is sent, and with haves what lies between; never the history.</summary>
internal static class CommitStream
{
    public static async Task WriteAsync(
        IRepository repository, ReadCommitsRequest request, BlobOffer offer, IRpcStreamWriter<ReadCommitsResponse> output, CancellationToken cancellationToken)
    {
        ObjectId[] ids = RequestIds.Parse(request.Ids, "ids");
        ObjectId[] haves = RequestIds.Parse(request.Haves, "haves", ServiceLimits.HavesMax);
        RefName[] names = ParseNames(request);

        // As for a whole history: refs before the length, so that what they name lies below it.
        RefSnapshot refs = await FindRefsAsync(repository.Refs, names, isDefault: names.Length + ids.Length == 0, cancellationToken);
        long length = await repository.History.GetLengthAsync(cancellationToken);
        await output.WriteAsync(
            new ReadCommitsResponse { Head = new CommitsHead { Epoch = repository.History.Epoch, Length = (ulong)length, Refs = RefMessages.ToMessage(refs), Blobs = offer } },
            cancellationToken);
        CommitsByPlace commits = new(repository);
        ObjectId[] wanted = [.. refs.Refs.Select(static r => r.Peeled ?? r.Target).Concat(ids).Distinct()];
        IAsyncEnumerable<PlacedCommit> chosen = request.Depth > 0
            ? commits.ToDepthAsync(wanted, request.Depth, cancellationToken)
            : commits.NotInAsync(wanted, haves, cancellationToken);
        await WriteCommitsAsync(chosen, output, cancellationToken);
    }

    private static async Task WriteCommitsAsync(IAsyncEnumerable<PlacedCommit> commits, IRpcStreamWriter<ReadCommitsResponse> output, CancellationToken cancellationToken)
    {
        PlacedCommits batch = new();
        int bytes = 0;
        int sent = 0;
        await foreach (PlacedCommit commit in commits.WithCancellation(cancellationToken))
        {
            if (++sent > ServiceLimits.PlacedCommitsMax)
            {
                throw TooMany();
            }

            if (bytes > 0 && bytes + commit.Body.Length > ServiceLimits.BatchBytesTarget)
            {
                await output.WriteAsync(new ReadCommitsResponse { Commits = batch }, cancellationToken);
                (batch, bytes) = (new PlacedCommits(), 0);
            }

            batch.Commits.Add(commit);
            bytes += commit.Body.Length;
        }

        if (bytes > 0)
        {
            await output.WriteAsync(new ReadCommitsResponse { Commits = batch }, cancellationToken);
        }
    }

    internal static RpcException TooMany() => new(
        RpcStatusCode.OutOfRange, $"that is more than the {ServiceLimits.PlacedCommitsMax} commits that one answer may hold or lie between; ask for less, or read the whole history.");

    private static async ValueTask<RefSnapshot> FindRefsAsync(IRefStore refs, RefName[] names, bool isDefault, CancellationToken cancellationToken)
    {
        RefSnapshot found = await refs.FindAsync(names, cancellationToken);
        return isDefault && found.DefaultBranch is { } branch ? await refs.FindAsync([branch], cancellationToken) : found;
    }

    private static RefName[] ParseNames(ReadCommitsRequest request)
    {
        if (request.Refs.Count > ServiceLimits.RefsAskedMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'refs' holds {request.Refs.Count} names, at most {ServiceLimits.RefsAskedMax} are allowed.");
        }

        try
        {
            return [.. request.Refs.Select(RefName.Parse).Distinct()];
        }
        catch (FormatException e)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, e.Message);
        }
    }
}
