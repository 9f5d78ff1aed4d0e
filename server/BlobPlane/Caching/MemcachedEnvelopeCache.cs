using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Memcached;

namespace Monorepo.BlobPlane.Caching;

/// <summary>
/// Envelopes of blobs and trees in memcached, keyed by repository and id. Commits and tags stay out: clients have them from the history. A value
/// that is no envelope, or when checked not the object of its id, is removed and is a miss. Does not own the client.
/// </summary>
public sealed partial class MemcachedEnvelopeCache : IManagedCache, IAsyncDisposable
{
    private readonly MemcachedClient _client;
    private readonly MemcachedEnvelopeCacheOptions _options;
    private readonly FillQueue _fills;
    private readonly RepositoryGenerations _generations;
    private volatile bool _originStores;
    private long _hits;
    private long _misses;
    private long _hitBytes;
    private long _rejections;
    private long _stored;
    private long _failedFills;
    private long _droppedFills;

    public MemcachedEnvelopeCache(MemcachedClient client, MemcachedEnvelopeCacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _options = options;
        _generations = new RepositoryGenerations(client, TimeProvider.System);
        _fills = new FillQueue(options.FillQueueEntriesMax, options.FillQueueBytesMax, options.FillsAtOnceMax, StoreAsync);
    }

    /// <summary>Raised for each request that met values which are not what their keys say. Handlers must be quick and must not throw.</summary>
    public event EventHandler<EnvelopesRejectedEventArgs>? Rejected;

    public EnvelopeCacheStatistics Statistics => new()
    {
        Name = "memcached",
        Hits = Interlocked.Read(ref _hits),
        Misses = Interlocked.Read(ref _misses),
        HitBytes = Interlocked.Read(ref _hitBytes),
        Rejections = Interlocked.Read(ref _rejections),
        Fills = Interlocked.Read(ref _stored),
        FailedFills = Interlocked.Read(ref _failedFills),
        DroppedFills = Interlocked.Read(ref _droppedFills),
    };

    /// <summary>
    /// The same origin with reads shared among the processes that use this memcached. It stores what it reads, so from now on
    /// <see cref="Offer"/> declines: this must be the last tier before it. Call it once.
    /// </summary>
    public MemcachedLeasedOrigin Lease(IEnvelopeOrigin origin, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(origin);
        _originStores = true;
        return new MemcachedLeasedOrigin(origin, _client, _options, KeysOfAsync, TryStore, time ?? TimeProvider.System);
    }

    public async ValueTask<ReadOnlyMemory<byte>[]> GetAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        bool verify = _options.VerifyIds || options.HasFlag(BlobReadOptions.Verify);
        ReadOnlyMemory<byte>[] keys = await KeysOfAsync(repository, ids, cancellationToken);
        CacheValue[] values = await _client.GetManyAsync(keys, cancellationToken);
        var envelopes = new ReadOnlyMemory<byte>[values.Length];
        List<int> rejected = [];
        int hits = 0;
        long hitBytes = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!values[i].IsHit)
                continue;
            if (!IsBelievable(values[i].Bytes.Span, ids.Span[i], verify))
            {
                rejected.Add(i);
                continue;
            }

            envelopes[i] = values[i].Bytes;
            hits++;
            hitBytes += values[i].Bytes.Length;
        }

        Interlocked.Add(ref _hits, hits);
        Interlocked.Add(ref _misses, values.Length - hits);
        Interlocked.Add(ref _hitBytes, hitBytes);
        if (rejected.Count > 0)
            await RemoveAsync(repository, ids, keys, rejected, cancellationToken);
        return envelopes;
    }

    public void Offer(RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope)
    {
        if (!_originStores)
            TryStore(repository, id, envelope);
    }

    /// <summary>Stops filling; offers that still wait are dropped.</summary>
    public ValueTask DisposeAsync() => _fills.DisposeAsync();

    /// <summary>Whether bytes under an id are a blob's or tree's envelope, and when told to verify, that object's.</summary>
    internal static bool IsBelievable(ReadOnlySpan<byte> envelope, ObjectId id, bool verify)
    {
        try
        {
            ObjectHeader header = ObjectEnvelope.ReadHeader(envelope);
            if (header.Kind is not (ObjectKind.Blob or ObjectKind.Tree))
                return false;
            if (header.Codec == ObjectCodec.Raw && envelope.Length != ObjectEnvelope.HeaderBytes + header.SizeBytes)
                return false;
            if (verify)
                _ = ObjectEnvelope.Open(envelope, id, out _);
            return true;
        }
        catch (CorruptObjectException)
        {
            return false;
        }
    }

    /// <summary>Awaited, so that no late delete takes away what is filled in next.</summary>
    private async Task RemoveAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, ReadOnlyMemory<byte>[] keys, List<int> rejected, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _rejections, rejected.Count);
        Rejected?.Invoke(this, new EnvelopesRejectedEventArgs(repository, ids.Span[rejected[0]], rejected.Count));
        await Task.WhenAll(rejected.Select(i => _client.DeleteAsync(keys[i], cancellationToken)));
    }

    private bool TryStore(RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope)
    {
        if (!IsBelievable(envelope.Span, id, verify: false))
            return false;
        if (_fills.TryAdd(new FillQueue.Offer(repository, id, envelope)))
            return true;
        Interlocked.Increment(ref _droppedFills);
        return false;
    }

    private async Task StoreAsync(FillQueue.Offer offer, CancellationToken cancellationToken) =>
        await StoreAsync(offer.Repository, offer.Id, offer.Envelope, cancellationToken);

    private async ValueTask<ReadOnlyMemory<byte>[]> KeysOfAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
        EnvelopeKey.For(repository, await _generations.GetAsync(repository, cancellationToken), ids.Span);
}

/// <summary>Values in memcached that were not what their keys say, removed by now. Someone writes to it who should not, or memory is bad.</summary>
public sealed class EnvelopesRejectedEventArgs(RepositoryName repository, ObjectId first, int count) : EventArgs
{
    public RepositoryName Repository { get; } = repository;

    /// <summary>One of them.</summary>
    public ObjectId First { get; } = first;

    public int Count { get; } = count;
}
