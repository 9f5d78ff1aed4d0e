using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Intake;
using Monorepo.History.Push.Policy;
using Monorepo.History.Push.Writing;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Push;

/// <summary>
/// <c>monorepo.v1.PushService</c> over a storage engine: every object is checked and every history proven whole before anything is written;
/// then one writer for each repository decides and writes. Memory is bounded by <see cref="PushLimits"/>. Thread-safe.
/// </summary>
/// <remarks>
/// A push may be sent again after a lost answer: where the refs are at the new targets already, it is answered as unchanged.
/// </remarks>
public sealed partial class PushService : IRpcService, IDisposable
{
    /// <summary>Envelopes above which objects are written before the writer is asked for its turn, so that others do not wait for them.</summary>
    private const long AheadBytesMin = 1 << 20;

    private readonly RepositoryDirectory _repositories;
    private readonly PushLimits _limits;
    private readonly Func<RepositoryName, PushPolicy> _policies;
    private readonly ILogger _logger;
    private readonly ServiceErrors _errors;
    private readonly PushMetrics _metrics = new();
    private readonly SemaphoreSlim _places;
    private readonly ConcurrentDictionary<RepositoryName, RepositoryWriter> _writers = new();

    /// <param name="repositories">Where pushes go.</param>
    /// <param name="limits">What one push may cost.</param>
    /// <param name="policies">What each repository asks of its pushes.</param>
    /// <param name="logger">Told of every push.</param>
    public PushService(RepositoryDirectory repositories, PushLimits limits, Func<RepositoryName, PushPolicy> policies, ILogger<PushService> logger)
    {
        _repositories = repositories;
        _limits = limits;
        _policies = policies;
        _logger = logger;
        _errors = new ServiceErrors(logger);
        _places = new SemaphoreSlim(limits.ConcurrentPushesMax);
    }

    public string ServiceName => PushMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder) => builder.ClientStreaming(
        PushMethods.Push, (input, call) => _errors.GuardAsync(call.Method, () => PushAsync(input, call)), _limits.MessageBytesMax);

    public void Dispose()
    {
        _metrics.Dispose();
        _places.Dispose();
    }

    private async Task<PushResponse> PushAsync(IRpcStreamReader<PushRequest> input, RpcServerCallContext call)
    {
        long start = TimeProvider.System.GetTimestamp();
        await _places.WaitAsync(call.CancellationToken);
        try
        {
            PushResponse response = await ReadAndPushAsync(input, call.Peer, call.CancellationToken);
            _metrics.Answered(response, TimeProvider.System.GetElapsedTime(start));
            return response;
        }
        catch (RpcException e)
        {
            _metrics.Failed(e.StatusCode, TimeProvider.System.GetElapsedTime(start));
            LogRefused(call.Peer, e.Detail);
            throw;
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<PushResponse> ReadAndPushAsync(IRpcStreamReader<PushRequest> input, string peer, CancellationToken cancellationToken)
    {
        PushHead head = await PushIntake.ReadHeadAsync(input, cancellationToken);
        IRepository repository = await _repositories.OpenAsync(head.Repository, cancellationToken);
        RequestedUpdate[] updates = PushHeadReader.Read(head, _limits);
        using ObjectSpool spool = new(_limits);
        await PushIntake.ReadObjectsAsync(input, spool, _limits, cancellationToken);
        _metrics.Received(spool.Count);

        CheckedPush push = await new PushCheck(repository, spool, _limits, _policies(repository.Name)).RunAsync(updates, cancellationToken);
        RepositoryWriter writer = _writers.GetOrAdd(repository.Name, static (_, a) => new RepositoryWriter(a.repository, a.Metrics), (repository, Metrics: _metrics));
        if (!head.DryRun && spool.EnvelopeBytes >= AheadBytesMin)
        {
            PushResponse trial = await writer.SubmitAsync(push, isDryRun: true, cancellationToken);
            if (!trial.Accepted)
            {
                return trial;
            }

            await GroupWriter.PutAsync(repository.Objects, push.Objects.Select(spool.ReadObject), cancellationToken);
        }

        PushResponse response = await writer.SubmitAsync(push, head.DryRun, cancellationToken);
        if (response.Accepted && !head.DryRun)
        {
            _repositories.Paths.Start(repository);
        }

        LogPushed(peer, repository.Name.Value, spool.Count, push.Commits.Count, updates.Length, response.Accepted, response.Offset);
        return response;
    }

    [LoggerMessage(EventId = 2201, Level = LogLevel.Information, Message = "{Peer} pushed {Objects} objects with {Commits} new commits to {Refs} refs of {Repository}; accepted: {Accepted}; refs are at offset {Offset}")]
    private partial void LogPushed(string peer, string repository, int objects, int commits, int refs, bool accepted, ulong offset);

    [LoggerMessage(EventId = 2202, Level = LogLevel.Information, Message = "{Peer}'s push was refused: {Detail}")]
    private partial void LogRefused(string peer, string detail);
}
