using Monorepo.BlobPlane;
using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
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

        _source = new TieredBlobSource(_cache is null ? [] : [_cache], new StoreOrigin(engine));
    }

    public IBlobSource Source => _source;

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
