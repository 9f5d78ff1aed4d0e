using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Ingest;

/// <summary>
/// One importer's stream. Each message is written in the order that is safe on any engine: objects, log, refs; then it is
/// durable, and the same message again changes nothing. Not thread-safe; any number of streams may run at a time.
/// </summary>
internal sealed class IngestStream(RepositoryDirectory repositories)
{
    private readonly IngestResponse _response = new();
    private IRepository? _repository;
    private long? _offset;

    /// <summary>Ref changes accepted so far.</summary>
    public int RefChanges { get; private set; }

    public async Task<IngestResponse> RunAsync(IRpcStreamReader<IngestRequest> input, CancellationToken cancellationToken)
    {
        while (await input.MoveNextAsync(cancellationToken))
        {
            await WriteAsync(input.Current, cancellationToken);
        }

        if (_repository is null)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, "the stream holds no message; the first one names the repository.");
        }

        _response.Offset = (ulong)(_offset ?? (await _repository.Refs.ReadAsync(cancellationToken)).Offset);
        return _response;
    }

    private async Task WriteAsync(IngestRequest request, CancellationToken cancellationToken)
    {
        _repository = await OpenAsync(request.Repository, cancellationToken);
        ObjectId[] commits = RequestIds.Parse(request.Commits, "commits", ServiceLimits.IdsMax);

        // Off the thread that reads the network: hashing a message takes milliseconds on every core.
        ReceivedObject[] objects = await Task.Run(() => ReceivedObject.VerifyAll(request.Objects, cancellationToken), cancellationToken);
        if (objects.Length > 0)
        {
            await _repository.Objects.PutAsync([.. objects.Select(o => new NewObject(o.Id, o.Envelope, o.Locality))], cancellationToken);
            _response.Objects += (ulong)objects.Length;
        }

        if (commits.Length > 0)
        {
            Dictionary<ObjectId, ReceivedObject> received = [];
            foreach (ReceivedObject item in objects)
            {
                received[item.Id] = item;
            }

            _response.Commits += (ulong)await LogAppender.AppendAsync(_repository, commits, received, cancellationToken);
            repositories.Paths.Start(_repository);
        }

        if (request.RefChanges.Count > 0 || request.DefaultBranch.Length > 0)
        {
            _offset = await RefPublisher.PublishAsync(_repository, request.RefChanges, request.DefaultBranch, cancellationToken);
            RefChanges += request.RefChanges.Count;
        }
    }

    private async Task<IRepository> OpenAsync(string name, CancellationToken cancellationToken)
    {
        if (_repository is null)
        {
            return await repositories.OpenAsync(name, cancellationToken);
        }

        return name.Length == 0 || string.Equals(name, _repository.Name.Value, StringComparison.Ordinal)
            ? _repository
            : throw new RpcException(RpcStatusCode.InvalidArgument, $"the stream writes to '{_repository.Name}'; '{name}' takes a stream of its own.");
    }
}
