using Monorepo.BlobPlane;
using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Origins;
using Monorepo.Memcached;
using Monorepo.Storage;

namespace Monorepo.Host.Serving;

/// <summary>What every transport serves contents from: memcached where there is one, then the store. Owns the caches, not the store.</summary>
internal sealed class ContentsSource : IAsyncDisposable
{
    private readonly MemcachedClient? _client;
    private readonly MemcachedEnvelopeCache? _cache;
    private readonly TieredBlobSource _source;

    public ContentsSource(IStorageEngine engine, IReadOnlyList<MemcachedEndpoint> nodes)
    {
        if (nodes.Count > 0)
        {
            _client = new MemcachedClient(new MemcachedOptions { Nodes = nodes });
            _cache = new MemcachedEnvelopeCache(_client, new MemcachedEnvelopeCacheOptions());
        }

        Origin = new StoreOrigin(engine);
        _source = new TieredBlobSource(_cache is null ? [] : [_cache], Origin);
    }

    /// <summary>What is behind the caches.</summary>
    public IEnvelopeOrigin Origin { get; }

    /// <summary>Null without memcached.</summary>
    public IManagedCache? Cache => _cache;

    public TieredBlobSource Source => _source;

    /// <summary>memcached's nodes; empty without.</summary>
    public IReadOnlyList<NodeStatistics> Nodes => _client?.Statistics ?? [];

    public async ValueTask DisposeAsync()
    {
        _source.Dispose();
        if (_cache is not null)
        {
            await _cache.DisposeAsync();
        }

        _client?.Dispose();
    }
}
