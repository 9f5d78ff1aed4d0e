using System.Collections.Concurrent;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Hot;
using Monorepo.BlobPlane.Origins;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Operations.AccessLog;
using Monorepo.Rpc;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.Operations.Warming;

/// <summary>What a server needs to warm its caches.</summary>
/// <param name="Repositories">Null on a server without a store: it warms from recorded reads only.</param>
/// <param name="Cache">Null where there is none.</param>
/// <param name="Hot">The server's own memory of contents; null where there is none.</param>
/// <param name="Origin">Where contents are read.</param>
/// <param name="AccessLog">The server's own.</param>
/// <param name="SpoolFolder">For recorded reads that come with a request; made on first need.</param>
public sealed record WarmParts(
    RepositoryDirectory? Repositories, IManagedCache? Cache, HotSet? Hot, IEnvelopeOrigin Origin, AccessLogRecorder AccessLog, string SpoolFolder);

/// <summary><c>OperationsService.Warm</c>. Thread-safe.</summary>
internal sealed partial class WarmService
{
    private const double HitRateDefault = 0.99;
    private const int RefsMax = 256;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<RepositoryName, UnderWay> _underWay = new();
    private readonly WarmParts _parts;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public WarmService(WarmParts parts, TimeProvider time, ILogger logger)
    {
        _parts = parts;
        _time = time;
        _logger = logger;
        AccessSpool.DeleteOld(parts.SpoolFolder);
    }

    public IEnumerable<WarmUnderWay> UnderWayNow => _underWay.Select(static w => new WarmUnderWay
    {
        Repository = w.Key.Value,
        Objects = w.Value.Run?.Progress.Objects ?? 0,
        ObjectsTotal = w.Value.Plan?.Objects ?? 0,
    });

    public async Task RunAsync(IRpcStreamReader<WarmRequest> input, IRpcStreamWriter<WarmResponse> output, RpcServerCallContext call)
    {
        CancellationToken cancellationToken = call.CancellationToken;
        if (!await input.MoveNextAsync(cancellationToken))
            throw new RpcException(RpcStatusCode.InvalidArgument, "the first message must say what to warm.");
        WarmRequest request = input.Current;
        RepositoryName name = RepositoryDirectory.ParseName(request.Repository);
        IManagedCache cache = _parts.Cache ?? throw new RpcException(
            RpcStatusCode.FailedPrecondition, "this server has no memcached to warm; start monorepod with --memcached HOST:PORT.");
        if (request.Hot && _parts.Hot is null)
            throw new RpcException(RpcStatusCode.FailedPrecondition, "this server keeps no contents in its own memory (--hot-set off); leave --hot away.");

        UnderWay underWay = new(call.Peer, _time.GetUtcNow());
        if (!_underWay.TryAdd(name, underWay))
        {
            UnderWay? other = _underWay.GetValueOrDefault(name);
            throw new RpcException(
                RpcStatusCode.FailedPrecondition,
                $"'{name}' is being warmed already{(other is null ? "" : $", since {other.Since:yyyy-MM-dd HH:mm:ss} UTC, asked by {other.Peer}")}: wait for it, or end it there with Ctrl-C.");
        }

        try
        {
            using AccessSpool? spool = request.AccessesFollow ? await ReceiveAsync(request, input, cancellationToken) : null;
            (IWarmSet set, WarmPlan plan) = await PlanAsync(name, request, spool, cache, cancellationToken);
            underWay.Plan = plan;
            await output.WriteAsync(new WarmResponse { Plan = plan }, cancellationToken);
            if (request.DryRun)
                return;

            WarmRun run = new(name, _parts.Origin, cache, request.Hot ? _parts.Hot : null, new Pacer((long)Math.Min(request.RateBytesPerSecond, long.MaxValue), _time), _time);
            underWay.Run = run;
            await ReportAsync(run, run.RunAsync(set, cancellationToken), output, cancellationToken);
            WarmProgress result = run.Progress;
            LogWarmed(call.Peer, name.Value, result.Stored, result.Bytes, result.Skipped, result.Missing, result.Failed, result.ElapsedMs);
            await output.WriteAsync(new WarmResponse { Result = result }, cancellationToken);
        }
        finally
        {
            _underWay.TryRemove(name, out _);
        }
    }

    private async Task<AccessSpool> ReceiveAsync(WarmRequest first, IRpcStreamReader<WarmRequest> input, CancellationToken cancellationToken)
    {
        AccessSpool spool = new(_parts.SpoolFolder);
        try
        {
            spool.Add(first.Accesses);
            while (await input.MoveNextAsync(cancellationToken))
            {
                if (input.Current.Accesses.Count > ServiceLimits.IdsMax)
                    throw new RpcException(RpcStatusCode.InvalidArgument, $"'accesses' holds more than {ServiceLimits.IdsMax} entries; send several messages.");
                spool.Add(input.Current.Accesses);
            }

            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    private async Task<(IWarmSet Set, WarmPlan Plan)> PlanAsync(
        RepositoryName name, WarmRequest request, AccessSpool? spool, IManagedCache cache, CancellationToken cancellationToken)
    {
        if (spool is null && !request.RecentAccesses)
            return await PlanVersionsAsync(request, cache, cancellationToken);
        if (request.Refs.Count > 0 || request.Paths.Count > 0 || request.Depth > 0 || (spool is not null && request.RecentAccesses))
            throw new RpcException(RpcStatusCode.InvalidArgument, "recorded reads say themselves what is warmed: give them without refs, paths and depth, and once.");
        if (request.TargetHitRate is < 0 or > 1)
            throw new RpcException(RpcStatusCode.InvalidArgument, "a hit rate is between 0 and 1.");

        await _parts.AccessLog.FlushAsync(cancellationToken);
        Func<IEnumerable<AccessRecord>> records = spool is not null ? spool.Read : () => _parts.AccessLog.Files.Read(DateTimeOffset.MinValue);

        // Minutes of one core for a large log, and not a word to wait for.
        return await Task.Run(
            () =>
            {
                double hitRate = request.TargetHitRate == 0 ? HitRateDefault : request.TargetHitRate;
                AccessedObjects set = AccessedObjects.Choose(records, name, hitRate, cancellationToken);
                if (set.Accesses == 0)
                {
                    throw new RpcException(RpcStatusCode.NotFound, spool is null
                        ? $"the access log holds no reads of '{name}'. 'mr-admin access-log on' begins to record them."
                        : $"what was sent holds no reads of '{name}'.");
                }

                WarmPlan plan = WarmCost.Sum(set, cache, cancellationToken);
                plan.KeysKept = (uint)(spool is null ? _parts.AccessLog.KeysKept : AccessLogSettings.AllKeys);
                return ((IWarmSet)set, plan);
            },
            cancellationToken);
    }

    private async Task<(IWarmSet Set, WarmPlan Plan)> PlanVersionsAsync(WarmRequest request, IManagedCache cache, CancellationToken cancellationToken)
    {
        if (_parts.Repositories is null)
            throw new RpcException(RpcStatusCode.FailedPrecondition, "this server has no history, so it can warm from recorded reads only: ask the history server, which fills the same memcached.");
        if (request.Depth > VersionObjects.DepthMax)
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a depth of {request.Depth} is more than {VersionObjects.DepthMax}.");
        IRepository repository = await _parts.Repositories.OpenAsync(request.Repository, cancellationToken);
        PathChoice paths = PathChoice.Parse(request.Paths);
        List<ObjectId> tips = await ResolveAsync(repository, request.Refs, cancellationToken);
        VersionObjects set = new(repository, tips, (int)request.Depth, paths);
        return (set, await WarmCost.EstimateAsync(set, repository.Objects, cache, cancellationToken));
    }

    private static async Task<List<ObjectId>> ResolveAsync(IRepository repository, RepeatedField<string> refs, CancellationToken cancellationToken)
    {
        if (refs.Count > RefsMax)
            throw new RpcException(RpcStatusCode.InvalidArgument, $"{refs.Count} refs are too many; at most {RefsMax} are allowed.");
        List<ObjectId> tips = [];
        foreach (string text in refs.Count > 0 ? refs : [await DefaultBranchAsync(repository, cancellationToken)])
            tips.Add(await ResolveAsync(repository, text, cancellationToken));
        return [.. tips.Distinct()];
    }

    private static async Task<string> DefaultBranchAsync(IRepository repository, CancellationToken cancellationToken) =>
        (await repository.Refs.FindAsync([], cancellationToken)).DefaultBranch?.Value
            ?? throw new RpcException(RpcStatusCode.NotFound, $"'{repository.Name}' has no default branch; name a version with --ref.");

    private static async Task<ObjectId> ResolveAsync(IRepository repository, string text, CancellationToken cancellationToken)
    {
        RefName[] names = [.. new[] { text, RefName.Branches + text, RefName.Tags + text }.Where(static t => RefName.TryParse(t, out _)).Select(RefName.Parse)];
        RefSnapshot found = await repository.Refs.FindAsync(names, cancellationToken);
        foreach (RefName name in names)
        {
            foreach (StoredRef stored in found.Refs)
            {
                if (stored.Name == name)
                    return stored.Peeled ?? stored.Target;
            }
        }

        return ObjectId.TryParse(text, out ObjectId id) && (await repository.History.FindAsync((ObjectId[])[id], cancellationToken))[0] is not null
            ? id
            : throw new RpcException(RpcStatusCode.NotFound, $"'{repository.Name}' has no branch, tag or commit '{text}'.");
    }

    /// <summary>Tells the caller how the run goes, until it ends.</summary>
    private async Task ReportAsync(WarmRun run, Task running, IRpcStreamWriter<WarmResponse> output, CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(ProgressInterval, _time);
        try
        {
            while (await Task.WhenAny(running, timer.WaitForNextTickAsync(cancellationToken).AsTask()) != running)
                await output.WriteAsync(new WarmResponse { Progress = run.Progress }, cancellationToken);
        }
        finally
        {
            // A caller who is gone has cancelled it; until it has ended, no other may begin.
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await running;
    }

    [LoggerMessage(EventId = 5201, Level = LogLevel.Information, Message = "{Peer} warmed {Repository}: {Stored} objects of {Bytes} bytes stored, {Skipped} were there, {Missing} missing, {Failed} not taken, in {Milliseconds} ms")]
    private partial void LogWarmed(string peer, string repository, ulong stored, ulong bytes, ulong skipped, ulong missing, ulong failed, ulong milliseconds);

    private sealed class UnderWay(string peer, DateTimeOffset since)
    {
        public string Peer { get; } = peer;

        public DateTimeOffset Since { get; } = since;

        public WarmPlan? Plan { get; set; }

        public WarmRun? Run { get; set; }
    }
}
