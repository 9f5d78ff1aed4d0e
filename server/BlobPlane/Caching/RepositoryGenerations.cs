using System.Buffers.Binary;
using System.Collections.Concurrent;
using Monorepo.Core;
using Monorepo.Memcached;

namespace Monorepo.BlobPlane.Caching;

/// <summary>
/// The generation of each repository's keys. It lies in memcached itself, so that all servers and edges that share the nodes learn of a flush; every
/// process asks again now and then. 0 until the first flush, and then the time of the newest one. Thread-safe.
/// </summary>
/// <remarks>
/// Should memcached drop it, processes that know it store it again. At worst one that starts meanwhile serves what was flushed: true objects
/// all the same, for they are checked by their id.
/// </remarks>
public sealed class RepositoryGenerations
{
    /// <summary>How old a process's knowledge may be.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(5);

    /// <summary>Repositories remembered; names come from clients, and may be of repositories that do not exist.</summary>
    private const int RepositoriesMax = 16_384;

    private readonly MemcachedClient _client;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<RepositoryName, Known> _known = new();

    internal RepositoryGenerations(MemcachedClient client, TimeProvider time)
    {
        _client = client;
        _time = time;
    }

    /// <summary>Asks memcached when this process does not know it yet; never waits afterwards.</summary>
    internal ValueTask<long> GetAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(repository, out Known? known))
            return new ValueTask<long>(FetchFirstAsync(repository, cancellationToken));
        if (_time.GetElapsedTime(known.AskedAt) >= RefreshInterval && known.TryBeginRefresh(_time.GetTimestamp()))
            _ = RefreshAsync(repository, known);
        return new ValueTask<long>(known.Generation);
    }

    /// <summary>Null when memcached did not take it.</summary>
    internal async ValueTask<long?> BeginNextAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        long next = Math.Max(_time.GetUtcNow().ToUnixTimeMilliseconds(), await GetAsync(repository, cancellationToken) + 1);
        if (await PublishAsync(repository, next, cancellationToken) != StoreOutcome.Stored)
            return null;
        Learn(repository, next);
        return next;
    }

    private async Task<long> FetchFirstAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        Learn(repository, await FetchAsync(repository, cancellationToken) ?? 0).Generation;

    private async Task RefreshAsync(RepositoryName repository, Known known)
    {
        try
        {
            if (await FetchAsync(repository, CancellationToken.None) is { } generation)
                known.Raise(generation);
            else if (known.Generation > 0)
                await PublishAsync(repository, known.Generation, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // The client went first at shutdown.
        }
    }

    private async Task<long?> FetchAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        CacheValue value = await _client.GetAsync(EnvelopeKey.ForGeneration(repository), cancellationToken);
        return value.Bytes.Length == sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(value.Bytes.Span) is > 0 and var generation ? generation : null;
    }

    private Task<StoreOutcome> PublishAsync(RepositoryName repository, long generation, CancellationToken cancellationToken)
    {
        byte[] value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, generation);
        return _client.SetAsync(EnvelopeKey.ForGeneration(repository), value, cancellationToken: cancellationToken);
    }

    private Known Learn(RepositoryName repository, long generation)
    {
        if (_known.Count >= RepositoriesMax)
            _known.Clear();
        Known known = _known.GetOrAdd(repository, _ => new Known(_time.GetTimestamp()));
        known.Raise(generation);
        return known;
    }

    private sealed class Known(long askedAt)
    {
        private long _askedAt = askedAt;
        private long _generation;

        public long AskedAt => Interlocked.Read(ref _askedAt);

        public long Generation => Interlocked.Read(ref _generation);

        /// <summary>True for one caller.</summary>
        public bool TryBeginRefresh(long now)
        {
            long before = AskedAt;
            return before != now && Interlocked.CompareExchange(ref _askedAt, now, before) == before;
        }

        /// <summary>A generation never goes back.</summary>
        public void Raise(long generation)
        {
            long before = Generation;
            while (generation > before)
            {
                long seen = Interlocked.CompareExchange(ref _generation, generation, before);
                if (seen == before)
                    return;
                before = seen;
            }
        }
    }
}
