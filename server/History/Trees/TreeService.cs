using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.History.Requests;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Trees;

/// <summary>
/// Of <c>monorepo.v1.HistoryService</c> only <c>GetTrees</c>, over any store of objects: what an edge serves besides contents. Thread-safe.
/// </summary>
/// <param name="openStore">The objects of a repository; the edge does not know which ones there are.</param>
/// <param name="logger">Told of failures.</param>
public sealed class TreeService(Func<RepositoryName, IObjectStore> openStore, ILogger<TreeService> logger) : IRpcService
{
    private readonly ServiceErrors _errors = new(logger);
    private readonly SharedTreeAnswers _trees = new();

    public string ServiceName => HistoryMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder) => builder
        .ServerStreaming(HistoryMethods.GetTrees, (request, output, call) => _errors.GuardAsync(call.Method, () =>
            _trees.WriteAsync(openStore(RepositoryDirectory.ParseName(request.Repository)), request, output, call.CancellationToken)));
}
