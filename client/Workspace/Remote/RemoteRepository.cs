using System.Diagnostics;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Workspace.Paths;

namespace Monorepo.Workspace.Remote;

/// <summary>How long the server may take, and what is known of it already.</summary>
public sealed record RemoteOptions
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For questions of one answer.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For a whole stream: history, trees, a batch of contents. Dead connections are found sooner, by pings.</summary>
    public TimeSpan StreamTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Faster transports; null: gRPC only.</summary>
    public IBlobTransportFactory? TransportFactory { get; init; }

    /// <summary>The offer of the last pull, which saves asking for it; null: ask when it is needed.</summary>
    public BlobOffer? KnownOffer { get; init; }

    public FetchBudget Budget { get; init; } = FetchBudget.Unlimited;

    public RetryPolicy Retries { get; init; } = RetryPolicy.None;

    /// <summary>Servers to ask for contents and trees before the history server, in order; null: those that <see cref="KnownOffer"/> names.</summary>
    public IReadOnlyList<Uri>? Edges { get; init; }

    /// <summary>Who did not answer lately; null: nobody.</summary>
    public ServerHealth? Health { get; init; }

    /// <summary>A channel to the repository's server that is there before and after; null: one of the repository's own.</summary>
    public RpcChannel? Channel { get; init; }
}

/// <summary>The repository over gRPC. Owns its channel, unless it was given one.</summary>
public sealed class RemoteRepository : IRemoteRepository, IPathHistorySource
{
    private readonly RpcChannel _channel;
    private readonly RpcCallOptions _call;
    private readonly RpcCallOptions _stream;
    private readonly RemoteOptions _options;
    private readonly EdgeServers _servers;

    public RemoteRepository(RepositoryUrl url, RemoteOptions? options = null, FetchStats? stats = null)
    {
        Url = url;
        Stats = stats ?? new FetchStats();
        _options = options ?? new RemoteOptions();
        _channel = _options.Channel ?? CreateChannel(url, _options.ConnectTimeout);
        _call = new RpcCallOptions { Timeout = _options.CallTimeout };
        _stream = new RpcCallOptions { Timeout = _options.StreamTimeout };
        EdgeServer[] edges = [.. (_options.Edges ?? EdgeServers.Advertised(_options.KnownOffer ?? new BlobOffer())).Distinct().Take(EdgeServers.EdgesMax)
            .Select(e => new EdgeServer(e, url.Name.Value, _options.TransportFactory, _options.StreamTimeout, Stats))];
        _servers = new EdgeServers(
            edges,
            url.Server,
            new FallbackBlobTransport(new GrpcBlobTransport(_channel, _stream), _options.TransportFactory, GetOfferAsync, Stats),
            _options.Health ?? new ServerHealth(null, TimeProvider.System),
            Stats);
    }

    public RepositoryUrl Url { get; }

    public FetchStats Stats { get; }

    public FetchBudget Budget => _options.Budget;

    public RetryPolicy Retries => _options.Retries;

    public IBlobTransport Blobs => _servers;

    /// <summary>A channel to a repository's server, fit for all that is asked here. No connection is made yet.</summary>
    /// <param name="url">The repository.</param>
    /// <param name="connectTimeout">How long connecting may take.</param>
    /// <param name="idleTimeout">How long a connection that nobody uses stays; null: as long as the runtime keeps it.</param>
    public static RpcChannel CreateChannel(RepositoryUrl url, TimeSpan connectTimeout, TimeSpan? idleTimeout = null) => new(url.Server, new RpcChannelOptions
    {
        ConnectTimeout = connectTimeout,
        IdleTimeout = idleTimeout,
        ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax,
    });

    public Task<ListRefsResponse> ListRefsAsync(CancellationToken cancellationToken) =>
        UnaryAsync(FetchKind.History, HistoryMethods.ListRefs, new ListRefsRequest { Repository = Url.Name.Value }, cancellationToken);

    public IAsyncEnumerable<ReadHistoryResponse> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        ReadHistoryRequest request = new() { Repository = Url.Name.Value, Epoch = query.Epoch, Position = (ulong)query.Position, Held = query.Held };
        if (query.KnownRefOffset is { } offset)
        {
            request.KnownRefOffset = offset;
        }

        return StreamAsync(FetchKind.History, HistoryMethods.ReadHistory, request, cancellationToken);
    }

    public IAsyncEnumerable<ReadCommitsResponse> ReadCommitsAsync(CommitsQuery query, CancellationToken cancellationToken)
    {
        ReadCommitsRequest request = new() { Repository = Url.Name.Value, Depth = (uint)query.Depth };
        request.Refs.AddRange(query.Refs.Select(static r => r.Value));
        request.Ids.AddRange(query.Ids.Select(ToBytes));
        request.Haves.AddRange(query.Haves.Take(ServiceLimits.HavesMax).Select(ToBytes));
        return StreamAsync(FetchKind.History, HistoryMethods.ReadCommits, request, cancellationToken);
    }

    public IAsyncEnumerable<ObjectBatch> GetTreesAsync(TreeQuery query, CancellationToken cancellationToken)
    {
        GetTreesRequest request = new() { Repository = Url.Name.Value, Depth = (uint)query.Depth, Differing = query.Differing };
        request.Roots.AddRange(query.Roots.Select(ToBytes));
        request.Haves.AddRange(query.Haves.Take(ServiceLimits.HavesMax).Select(ToBytes));
        request.Paths.AddRange(query.Paths.Select(p => ByteString.CopyFrom(p.Span)));
        return _servers.GetTreesAsync(request, () => StreamAsync(FetchKind.Trees, HistoryMethods.GetTrees, request, cancellationToken), cancellationToken);
    }

    public async Task<IReadOnlyList<ObjectInfo>> GetObjectInfoAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken)
    {
        GetObjectInfoRequest request = new() { Repository = Url.Name.Value };
        request.Ids.AddRange(ids.Select(ToBytes));
        GetObjectInfoResponse response = await UnaryAsync(FetchKind.Other, HistoryMethods.GetObjectInfo, request, cancellationToken);
        return response.Infos.Count == ids.Count
            ? response.Infos
            : throw new RemoteException(RemoteError.Broken, $"The server answered {response.Infos.Count} of {ids.Count} ids.");
    }

    public IAsyncEnumerable<PathHistoryBlock> GetPathHistoryAsync(GetPathHistoryRequest request, CancellationToken cancellationToken)
    {
        request.Repository = Url.Name.Value;
        return StreamAsync(FetchKind.PathHistory, HistoryMethods.GetPathHistory, request, cancellationToken);
    }

    public Task<GetPathEntriesResponse> GetPathEntriesAsync(GetPathEntriesRequest request, CancellationToken cancellationToken)
    {
        request.Repository = Url.Name.Value;
        return UnaryAsync(FetchKind.PathHistory, HistoryMethods.GetPathEntries, request, cancellationToken);
    }

    public Task<GetLastModifiedResponse> GetLastModifiedAsync(GetLastModifiedRequest request, CancellationToken cancellationToken)
    {
        request.Repository = Url.Name.Value;
        return UnaryAsync(FetchKind.PathHistory, HistoryMethods.GetLastModified, request, cancellationToken);
    }

    public async Task<PushResponse> PushAsync(IAsyncEnumerable<PushRequest> parts, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Stats.AddRoundTrip(FetchKind.Other);
        try
        {
            using RpcClientStreamingCall<PushRequest, PushResponse> call = _channel.ClientStreaming(PushMethods.Push, _stream, cancellationToken);
            return await call.SendAsync(parts, cancellationToken);
        }
        catch (RpcException e)
        {
            throw RemoteException.From(e, Url);
        }
        finally
        {
            Stats.AddWaited(FetchKind.Other, Stopwatch.GetElapsedTime(start));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Blobs.DisposeAsync();
        if (_options.Channel is null)
        {
            _channel.Dispose();
        }
    }

    private static ByteString ToBytes(ObjectId id) => ByteString.CopyFrom(id.AsSpan());

    private async ValueTask<BlobOffer> GetOfferAsync(CancellationToken cancellationToken)
    {
        if (_options.KnownOffer is { } known)
        {
            return known;
        }

        try
        {
            // Not asked again: whoever needs contents asks anew.
            return await UnaryOnceAsync(FetchKind.Other, BlobMethods.GetOffer, new GetOfferRequest { Repository = Url.Name.Value }, cancellationToken);
        }
        catch (RemoteException e)
        {
            // The offer only makes things faster; what matters fails by itself.
            Stats.AddFallback($"no offer: {e.Message}");
            return new BlobOffer();
        }
    }

    // Nothing that is asked so changes anything.
    private Task<TResponse> UnaryAsync<TRequest, TResponse>(
        FetchKind kind, RpcMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        Retries.RunAsync(() => UnaryOnceAsync(kind, method, request, cancellationToken), cancellationToken);

    private async Task<TResponse> UnaryOnceAsync<TRequest, TResponse>(
        FetchKind kind, RpcMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        long start = Stopwatch.GetTimestamp();
        Stats.AddRoundTrip(kind);
        try
        {
            return await _channel.UnaryAsync(method, request, _call, cancellationToken);
        }
        catch (RpcException e)
        {
            throw RemoteException.From(e, Url);
        }
        finally
        {
            Stats.AddWaited(kind, Stopwatch.GetElapsedTime(start));
        }
    }

    private async IAsyncEnumerable<TResponse> StreamAsync<TRequest, TResponse>(
        FetchKind kind, RpcMethod<TRequest, TResponse> method, TRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        RpcServerStreamingCall<TResponse> call = Start();
        try
        {
            for (int retries = 0; ;)
            {
                RemoteException? failure = null;
                long start = Stopwatch.GetTimestamp();
                try
                {
                    if (!await call.ResponseStream.MoveNextAsync(cancellationToken))
                    {
                        yield break;
                    }
                }
                catch (RpcException e)
                {
                    failure = RemoteException.From(e, Url);

                    // History, trees and contents are gone on with by those who know what came of them. Here only what did not begin is begun anew.
                    if (kind != FetchKind.PathHistory || retries < 0 || !Retries.Allows(retries, failure))
                    {
                        throw failure;
                    }
                }
                finally
                {
                    Stats.AddWaited(kind, Stopwatch.GetElapsedTime(start));
                }

                if (failure is not null)
                {
                    await Retries.WaitAsync(retries++, failure, cancellationToken);
                    call.Dispose();
                    call = Start();
                    continue;
                }

                retries = -1;
                TResponse message = call.ResponseStream.Current;
                if (kind == FetchKind.PathHistory)
                {
                    Stats.AddReceived(kind, 0, message.CalculateSize());
                    Stats.AddTransport("grpc", kind);
                }

                yield return message;
            }
        }
        finally
        {
            call.Dispose();
        }

        RpcServerStreamingCall<TResponse> Start()
        {
            Stats.AddRoundTrip(kind);
            return _channel.ServerStreaming(method, request, _stream, cancellationToken);
        }
    }
}
