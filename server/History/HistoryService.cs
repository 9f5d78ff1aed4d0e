using Microsoft.Extensions.Logging;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Blobs;
using Monorepo.History.Commits;
using Monorepo.History.Log;
using Monorepo.History.Objects;
using Monorepo.History.Paths;
using Monorepo.History.RefLog;
using Monorepo.History.Requests;
using Monorepo.History.Trees;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History;

/// <summary>
/// <c>monorepo.v1.HistoryService</c> over a storage engine. Streams read the store at the pace the client takes them and
/// hold a bounded part of the answer in memory. Thread-safe.
/// </summary>
/// <param name="repositories">What is served.</param>
/// <param name="offers">Told to clients with the history.</param>
/// <param name="subscriptions">Who follows refs.</param>
/// <param name="logger">Told of defects.</param>
/// <param name="caches">Trees are read through these; null: from the store.</param>
public sealed class HistoryService(
    RepositoryDirectory repositories, IBlobOffers offers, RefSubscriptions subscriptions, ILogger<HistoryService> logger, IBlobSource? caches = null) : IRpcService
{
    private readonly ServiceErrors _errors = new(logger);
    private readonly SegmentCache _segments = new();
    private readonly SharedTreeAnswers _trees = new();

    public string ServiceName => HistoryMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder) => builder
        .Unary(HistoryMethods.ListRefs, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            return RefMessages.ToMessage(await repository.Refs.ReadAsync(call.CancellationToken));
        }))
        .ServerStreaming(HistoryMethods.ReadHistory, (request, output, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            await HistoryStream.WriteAsync(repository, _segments, request, offers.For(call.Host, forEdge: false), output, call.CancellationToken);
        }))
        .ServerStreaming(HistoryMethods.ReadCommits, (request, output, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            await CommitStream.WriteAsync(repository, request, offers.For(call.Host, forEdge: false), output, call.CancellationToken);
        }))
        .ServerStreaming(HistoryMethods.GetTrees, (request, output, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            IObjectStore trees = caches is null ? repository.Objects : new CachedTrees(repository.Objects, caches, RepositoryDirectory.ParseName(request.Repository));
            await _trees.WriteAsync(trees, request, output, call.CancellationToken);
        }))
        .Unary(HistoryMethods.GetObjectInfo, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            return await ObjectInfoReader.ReadAsync(repository, RequestIds.Parse(request.Ids, "ids"), call.CancellationToken);
        }))
        .ServerStreaming(HistoryMethods.GetPathHistory, (request, output, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            await PathHistoryStream.WriteAsync(repository, repositories.Paths, request, output, call.CancellationToken);
        }))
        .Unary(HistoryMethods.GetPathEntries, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            return await PathAnswers.ReadEntriesAsync(repository, request, call.CancellationToken);
        }))
        .Unary(HistoryMethods.GetLastModified, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            return await PathAnswers.ReadLastModifiedAsync(repository, repositories.Paths, request, call.CancellationToken);
        }))
        .ServerStreaming(HistoryMethods.Subscribe, (request, output, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            await subscriptions.WriteAsync(repository, request, output, call.CancellationToken);
        }))
        .Unary(HistoryMethods.ListRepositories, (_, call) =>
            _errors.GuardAsync(call.Method, () => ListRepositoriesAsync(call.CancellationToken)));

    private async Task<ListRepositoriesResponse> ListRepositoriesAsync(CancellationToken cancellationToken)
    {
        ListRepositoriesResponse response = new();
        foreach (RepositoryName name in await repositories.Engine.ListAsync(cancellationToken))
        {
            if (await repositories.Engine.OpenAsync(name, cancellationToken) is not { } repository)
            {
                continue;
            }

            RefSnapshot refs = await repository.Refs.ReadAsync(cancellationToken);
            response.Repositories.Add(new RepositorySummary
            {
                Name = name.Value,
                Commits = (ulong)await repository.History.GetLengthAsync(cancellationToken),
                Refs = (ulong)refs.Refs.Count,
            });
        }

        return response;
    }
}
