using Monorepo.BlobPlane;
using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Hot;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs.Memory;
using Monorepo.Host.Configuration;
using Monorepo.Memcached;

namespace Monorepo.Host.Serving;

/// <summary>
/// What every transport serves contents from: the hot set, memcached where there is one, then the origin. Owns the caches and the native memory, not the origin.
/// </summary>
internal sealed class ContentsSource : IAsyncDisposable
{
    /// <summary>What replies on their way out may take beside the hot set.</summary>
    private const long TransferBytes = 256L << 20;

    /// <summary>A read from another server that takes longer is given up; the client has another way by then.</summary>
    private static readonly TimeSpan OriginTimeout = TimeSpan.FromSeconds(15);

    private readonly MemcachedClient? _client;
    private readonly MemcachedEnvelopeCache? _cache;
    private readonly MemcachedLeasedOrigin? _leases;
    private readonly TieredBlobSource _source;

    /// <param name="origin">The store, or for an edge the way to the history server; stays the caller's.</param>
    /// <param name="options">Which memcached servers, and how far they are trusted.</param>
    /// <param name="log">Told of nodes that go and come back, and of values that are not what their keys say.</param>
    public ContentsSource(IEnvelopeOrigin origin, ServerOptions options, ServerLog log)
    {
        Arena = new NativeArena(options.HotSetBytes + TransferBytes);
        Hot = options.HotSetBytes > 0 ? new HotSet(Arena, options.HotSetBytes) : null;
        if (options.Memcached.Count > 0)
        {
            _client = new MemcachedClient(new MemcachedOptions { Nodes = options.Memcached, Tls = options.MemcachedTls });
            _client.NodeStateChanged += (_, change) => log.MemcachedChanged(change.Node, change.State);
            _cache = new MemcachedEnvelopeCache(_client, new MemcachedEnvelopeCacheOptions
            {
                VerifyIds = options.VerifiesCache,
                LeaseTime = options.LeaseTime,
                LeaseWaitMax = options.LeaseTime + TimeSpan.FromSeconds(1),
            });
            _cache.Rejected += (_, rejected) => log.EnvelopesRejected(rejected.Count, rejected.Repository, rejected.First);
            _leases = _cache.Lease(origin);
        }

        Origin = origin;
        TieredBlobSourceOptions limits = options.Role == ServerRole.Blobs ? new TieredBlobSourceOptions { OriginTimeout = OriginTimeout } : new();
        _source = new TieredBlobSource(_cache is null ? [] : [_cache], _leases ?? origin, limits, hot: Hot);
    }

    /// <summary>What is behind the caches, not shared with other processes.</summary>
    public IEnvelopeOrigin Origin { get; }

    /// <summary>Null without memcached.</summary>
    public IManagedCache? Cache => _cache;

    public TieredBlobSource Source => _source;

    /// <summary>memcached's nodes; empty without.</summary>
    public IReadOnlyList<NodeStatistics> Nodes => _client?.Statistics ?? [];

    /// <summary>Null without memcached.</summary>
    public LeaseStatistics? Leases => _leases?.Statistics;

    /// <summary>All native memory of the blob plane.</summary>
    public NativeArena Arena { get; }

    /// <summary>Null: off.</summary>
    public HotSet? Hot { get; }

    public async ValueTask DisposeAsync()
    {
        _source.Dispose();
        if (_cache is not null)
        {
            await _cache.DisposeAsync();
        }

        _client?.Dispose();
        // Last: requests that were just cut off have let go of their envelopes by now.
        Hot?.Dispose();
        Arena.Dispose();
    }
}
