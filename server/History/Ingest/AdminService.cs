using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Log;
using Monorepo.History.Requests;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Ingest;

/// <summary><c>monorepo.v1.AdminService</c>: what importers and operators write. Thread-safe.</summary>
public sealed partial class AdminService(RepositoryDirectory repositories, ILogger<AdminService> logger) : IRpcService
{
    private readonly ServiceErrors _errors = new(logger);

    public string ServiceName => AdminMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder) => builder
        .Unary(AdminMethods.OpenRepository, (request, call) =>
            _errors.GuardAsync(call.Method, () => OpenAsync(request, call.CancellationToken)))
        .Unary(AdminMethods.FindCommits, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            ObjectId[] ids = RequestIds.Parse(request.Ids, "ids");
            FindCommitsResponse response = new();
            response.Positions.AddRange((await repository.History.FindAsync(ids, call.CancellationToken)).Select(p => p ?? -1));
            return response;
        }))
        .Unary(AdminMethods.FindObjects, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IRepository repository = await repositories.OpenAsync(request.Repository, call.CancellationToken);
            ObjectId[] ids = RequestIds.Parse(request.Ids, "ids");
            FindObjectsResponse response = new();
            response.Found.AddRange(await repository.Objects.ContainsAsync(ids, call.CancellationToken));
            return response;
        }))
        .ClientStreaming(AdminMethods.Ingest, (input, call) => _errors.GuardAsync(call.Method, async () =>
        {
            IngestStream stream = new(repositories);
            IngestResponse response = await stream.RunAsync(input, call.CancellationToken);

            // An import takes many streams; the one that moves refs is what people look for.
            LogIngested(
                stream.RefChanges > 0 ? LogLevel.Information : LogLevel.Debug, call.Peer, response.Objects, response.Commits, stream.RefChanges, response.Offset);
            return response;
        }));

    private async Task<OpenRepositoryResponse> OpenAsync(OpenRepositoryRequest request, CancellationToken cancellationToken)
    {
        RepositoryName name = RepositoryDirectory.ParseName(request.Repository);
        IRepository? repository = await repositories.Engine.OpenAsync(name, cancellationToken);
        if (repository is null)
        {
            if (!request.Create)
            {
                throw RepositoryDirectory.Unknown(name);
            }

            repository = await repositories.Engine.CreateAsync(name, cancellationToken);
            LogCreated(name.Value);
        }

        RefSnapshot refs = await repository.Refs.ReadAsync(cancellationToken);
        return new OpenRepositoryResponse
        {
            Epoch = repository.History.Epoch,
            Length = (ulong)await repository.History.GetLengthAsync(cancellationToken),
            Refs = RefMessages.ToMessage(refs),
        };
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Information, Message = "Created the repository {Repository}")]
    private partial void LogCreated(string repository);

    [LoggerMessage(EventId = 2102, Message = "{Peer} wrote {Objects} objects, {Commits} commits and {RefChanges} ref changes; refs are at offset {Offset}")]
    private partial void LogIngested(LogLevel level, string peer, ulong objects, ulong commits, int refChanges, ulong offset);
}
