using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Host.Serving;
using Monorepo.Rpc;
using Monorepo.Rpc.Protos.Health;
using Monorepo.Services;

namespace Monorepo.Host.Edge;

/// <summary>
/// An edge's way to its history server: the fastest transport that it offers, otherwise gRPC. It is probed every second. Once it does not
/// answer, requests to it fail at once, those in flight too, until a probe is answered again: nobody waits for a server that is known to be
/// away. A server that comes back offers anew. Thread-safe.
/// </summary>
internal sealed class OriginLink : IBlobTransport
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Between two attempts to have a faster way than gRPC.</summary>
    private static readonly TimeSpan OfferInterval = TimeSpan.FromSeconds(10);

    private readonly Uri _server;
    private readonly IBlobTransportFactory? _factory;
    private readonly ServerLog _log;
    private readonly TimeProvider _time;
    private readonly RpcChannel _channel;
    private readonly GrpcBlobTransport _grpc;
    private readonly SemaphoreSlim _choosing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Task _probing;
    private CancellationTokenSource _away = new();
    private IBlobTransport? _fast;
    private long _nextOffer;
    private string? _problem;

    /// <param name="server">Where it is.</param>
    /// <param name="factory">Makes faster transports; null: gRPC only.</param>
    /// <param name="log">Told when it goes and comes back.</param>
    /// <param name="time">The clock.</param>
    public OriginLink(Uri server, IBlobTransportFactory? factory, ServerLog log, TimeProvider time)
    {
        _server = server;
        _factory = factory;
        _log = log;
        _time = time;
        _nextOffer = time.GetTimestamp();
        _channel = new RpcChannel(server, new RpcChannelOptions { ConnectTimeout = ConnectTimeout, ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax });
        _grpc = new GrpcBlobTransport(_channel, new RpcCallOptions { Timeout = RequestTimeout });
        _probing = Task.Run(ProbeAsync);
    }

    public string Name => Volatile.Read(ref _fast)?.Name ?? _grpc.Name;

    /// <summary>Why it can't be asked now, for people; null while it answers.</summary>
    public string? Problem
    {
        get
        {
            lock (_lock)
            {
                return _problem;
            }
        }
    }

    public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        CancellationToken away = AwayOrThrow();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, away);
        try
        {
            if (await ChooseAsync(repository, either.Token) is { } fast)
            {
                try
                {
                    return await fast.GetAsync(repository, ids, options, either.Token);
                }
                catch (BlobTransportException e) when (e.Error is not (BlobTransportError.UnknownRepository or BlobTransportError.SourceFailed or BlobTransportError.Overloaded))
                {
                    await LeaveAsync(fast);
                }
            }

            return await _grpc.GetAsync(repository, ids, options, either.Token);
        }
        catch (OperationCanceledException e) when (away.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new BlobTransportException(BlobTransportError.SourceFailed, Problem ?? "the history server went away", e);
        }
        catch (BlobTransportException e) when (e.Error is BlobTransportError.Unreachable or BlobTransportError.PeerLost or BlobTransportError.DeadlineExceeded)
        {
            throw new BlobTransportException(BlobTransportError.SourceFailed, $"the history server at {_server.Authority} can't be asked: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _probing;
        if (_fast is not null)
        {
            await _fast.DisposeAsync();
        }

        await _grpc.DisposeAsync();
        _channel.Dispose();
        _stopping.Dispose();
        _choosing.Dispose();
        _away.Dispose();
    }

    private CancellationToken AwayOrThrow()
    {
        lock (_lock)
        {
            return _problem is null ? _away.Token : throw new BlobTransportException(BlobTransportError.SourceFailed, _problem);
        }
    }

    private async ValueTask<IBlobTransport?> ChooseAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        IBlobTransport? chosen = Volatile.Read(ref _fast);
        if (_factory is null || chosen is not null || _time.GetTimestamp() < Interlocked.Read(ref _nextOffer))
        {
            return chosen;
        }

        await _choosing.WaitAsync(cancellationToken);
        try
        {
            if (_fast is not null || _time.GetTimestamp() < _nextOffer)
            {
                return _fast;
            }

            Interlocked.Exchange(ref _nextOffer, _time.GetTimestamp() + (long)(OfferInterval.TotalSeconds * _time.TimestampFrequency));
            GetOfferRequest request = new() { Repository = repository.Value, ForEdge = true };
            BlobOffer offer = await _channel.UnaryAsync(BlobMethods.GetOffer, request, new RpcCallOptions { Timeout = ProbeTimeout }, cancellationToken);
            foreach (BlobEndpoint endpoint in offer.Endpoints)
            {
                if (_factory.TryCreate(new BlobAddress(endpoint.Transport, endpoint.Host, endpoint.Port, endpoint.Token.Memory), out _) is { } transport)
                {
                    Volatile.Write(ref _fast, transport);
                    break;
                }
            }

            return _fast;
        }
        catch (RpcException)
        {
            // The request itself says what is wrong.
            return null;
        }
        finally
        {
            _choosing.Release();
        }
    }

    /// <summary>Its calls in flight end and go on over gRPC.</summary>
    private async ValueTask LeaveAsync(IBlobTransport failed)
    {
        if (Interlocked.CompareExchange(ref _fast, null, failed) == failed)
        {
            await failed.DisposeAsync();
        }
    }

    private async Task ProbeAsync()
    {
        using PeriodicTimer timer = new(ProbeInterval, _time);
        try
        {
            do
            {
                string? problem = null;
                try
                {
                    await _channel.UnaryAsync(HealthMethods.Check, new HealthCheckRequest(), new RpcCallOptions { Timeout = ProbeTimeout }, _stopping.Token);
                }
                catch (RpcException e) when (e.StatusCode is RpcStatusCode.Unavailable or RpcStatusCode.DeadlineExceeded)
                {
                    problem = e.Detail;
                }
                catch (RpcException)
                {
                    // It answers, whatever it says.
                }

                await NoteAsync(problem);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async ValueTask NoteAsync(string? problem)
    {
        CancellationTokenSource? gone = null;
        lock (_lock)
        {
            if ((problem is null) == (_problem is null))
            {
                return;
            }

            if (problem is null)
            {
                _problem = null;
                Interlocked.Exchange(ref _nextOffer, _time.GetTimestamp());
            }
            else
            {
                _problem = $"the history server at {_server.Authority} has not answered since {_time.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z: {problem}";
                gone = _away;
                _away = new CancellationTokenSource();
            }
        }

        if (gone is null)
        {
            _log.OriginBack(_server);
            return;
        }

        _log.OriginAway(_server, problem!);
        await gone.CancelAsync();
        gone.Dispose();
        if (Volatile.Read(ref _fast) is { } fast)
        {
            await LeaveAsync(fast);
        }
    }
}
