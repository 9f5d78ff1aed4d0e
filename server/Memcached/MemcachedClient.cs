using Monorepo.Memcached.Chunks;
using Monorepo.Memcached.Ketama;
using Monorepo.Memcached.Nodes;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached;

/// <summary>
/// A cache over a ring of memcached servers, by the meta protocol over TCP or TLS. Keys and values are opaque bytes. A server that is down, slow or
/// talking nonsense makes its keys misses; no call throws because of one. Calls throw only for misuse (<see cref="ArgumentException"/>), when
/// cancelled, and after disposal. Thread-safe; meant to live as long as the process.
/// </summary>
/// <remarks>Connections are made on first need. Values over the servers' item limit are split into chunks; see <see cref="MemcachedOptions.ItemBytesMax"/>.</remarks>
public sealed class MemcachedClient : IDisposable
{
    private readonly MemcachedOptions _options;
    private readonly TimeProvider _time;
    private readonly KetamaRing _ring;
    private readonly CacheNode[] _nodes;
    private readonly ChunkedValues _chunks;
    private readonly MemcachedMetrics _metrics;
    private volatile bool _disposed;

    public MemcachedClient(MemcachedOptions options, TimeProvider? time = null)
    {
        MemcachedOptions.Validate(options);
        _options = options;
        _time = time ?? TimeProvider.System;
        _ring = new KetamaRing(options.Nodes);
        _nodes = [.. options.Nodes.Select(n => new CacheNode(n, options, _time, OnStateChanged))];
        _chunks = new ChunkedValues(options, GetItemsAsync, SetItemAsync);
        _metrics = new MemcachedMetrics(() => Statistics);
    }

    /// <summary>Raised on the thread pool when a node goes down or comes back. Handlers must be quick and must not throw.</summary>
    public event EventHandler<NodeStateChangedEventArgs>? NodeStateChanged;

    /// <summary>The placement of keys on <see cref="MemcachedOptions.Nodes"/>.</summary>
    public KetamaRing Ring => _ring;

    /// <summary>One entry a node, in the order of the options.</summary>
    public IReadOnlyList<NodeStatistics> Statistics => [.. _nodes.Select(static n => n.Statistics)];

    /// <summary>Asks for one key; see <see cref="GetManyAsync"/>.</summary>
    public async Task<CacheValue> GetAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default)
        => (await GetManyAsync([key], cancellationToken))[0];

    /// <summary>
    /// Asks for all keys at once, one pipelined batch or more for each node, all nodes side by side. Returns one entry a key, in order.
    /// Keys are 1 to <see cref="MemcachedOptions.KeyBytesMax"/> bytes and must not change until the task ends. The answer is held in memory
    /// whole, so the caller bounds it by how many keys it asks for.
    /// </summary>
    public async Task<CacheValue[]> GetManyAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (ReadOnlyMemory<byte> key in keys)
            RequireKey(key);
        CacheValue[] values = await GetItemsAsync(keys, _options.KeysPerBatchMax, leaseSeconds: 0, cancellationToken);
        await _chunks.ResolveAsync(values, cancellationToken);
        return values;
    }

    /// <summary>
    /// As <see cref="GetManyAsync"/>, and where there is nothing, one asker of all processes is told that it is his turn to read the value and store
    /// it. Whoever will not store it gives his turn back (<see cref="ReleaseAsync"/>); if he does neither, it ends by itself.
    /// </summary>
    /// <param name="keys">As for <see cref="GetManyAsync"/>; a key that stands twice may be won at its first place and lost at its second.</param>
    /// <param name="leaseTime">How long a turn lasts, in whole seconds, at least one; memcached may end it up to a second sooner.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<CacheLease[]> GetOrLeaseAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> keys, TimeSpan leaseTime, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfLessThan(leaseTime, TimeSpan.FromSeconds(1));
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (ReadOnlyMemory<byte> key in keys)
            RequireKey(key);
        CacheValue[] values = await GetItemsAsync(keys, _options.KeysPerBatchMax, Expiry.ToWire(leaseTime, _time), cancellationToken);
        await _chunks.ResolveAsync(values, cancellationToken);
        return [.. values.Select(static v => new CacheLease(
            v.IsHit ? LeaseOutcome.Hit : v.Lease == LeaseMark.Lost ? LeaseOutcome.Lost : LeaseOutcome.Won, v))];
    }

    /// <summary>Gives back a turn that was won, unless the value has been stored since: the next asker wins it. Never fails; a turn that can't be given back ends by itself.</summary>
    public async Task ReleaseAsync(ReadOnlyMemory<byte> key, CacheLease lease, CancellationToken cancellationToken = default)
    {
        if (lease.Value.Version != 0)
            await DeleteAsync(key, lease.Value.Version, cancellationToken);
    }

    /// <summary>
    /// Stores a value, replacing what is there. <paramref name="value"/> is copied before the first await. It may be dropped by the server at
    /// any time; with <paramref name="timeToLive"/> (rounded up to seconds) no later than that.
    /// </summary>
    public async Task<StoreOutcome> SetAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, uint clientFlags = 0, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default)
    {
        RequireKey(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(clientFlags, MemcachedOptions.ClientFlagsMax);
        ObjectDisposedException.ThrowIf(_disposed, this);
        uint expirySeconds = Expiry.ToWire(timeToLive, _time);
        if (value.Length > _options.ValueBytesMax)
            return StoreOutcome.TooLarge;
        return value.Length <= _options.ItemPayloadBytesMax
            ? await SetItemAsync(key, value, clientFlags, expirySeconds, cancellationToken)
            : await _chunks.StoreAsync(key, value, clientFlags, expirySeconds, cancellationToken);
    }

    /// <summary>
    /// For each key whether its node says that it has a value (of a split value, its first part), without transferring any. False too where
    /// the node does not answer. Keys as for <see cref="GetManyAsync"/>.
    /// </summary>
    public async Task<bool[]> ContainsManyAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (ReadOnlyMemory<byte> key in keys)
            RequireKey(key);
        var found = new bool[keys.Count];
        await Task.WhenAll(BatchesOf(keys, _options.KeysPerBatchMax).Select(async batch =>
        {
            if (batch.Node.IsAvailable())
                await batch.Node.ExecuteAsync(new ProbeOperation(keys, batch.Indexes, found), cancellationToken);
        }));
        return found;
    }

    /// <summary>Removes a value; true when its node answered (whether it had it or not). The chunks of a split value are left to age out.</summary>
    public Task<bool> DeleteAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken = default) => DeleteAsync(key, 0, cancellationToken);

    /// <summary>Closes all connections; requests in flight end as misses.</summary>
    public void Dispose()
    {
        _disposed = true;
        _metrics.Dispose();
        foreach (CacheNode node in _nodes)
            node.Dispose();
    }

    private async Task<bool> DeleteAsync(ReadOnlyMemory<byte> key, ulong version, CancellationToken cancellationToken)
    {
        RequireKey(key);
        ObjectDisposedException.ThrowIf(_disposed, this);
        CacheNode node = NodeOf(key);
        if (!node.IsAvailable())
            return false;
        var delete = new SingleOperation(MetaRequests.Delete(key.Span, version), SingleOperation.Kind.Delete);
        return await node.ExecuteAsync(delete, cancellationToken) && delete.Status != MetaStatus.ServerError;
    }

    private static void RequireKey(ReadOnlyMemory<byte> key)
    {
        if (key.Length is 0 or > MemcachedOptions.KeyBytesMax)
            throw new ArgumentException($"A key has {key.Length} bytes; 1 to {MemcachedOptions.KeyBytesMax} are allowed.", nameof(key));
    }

    private CacheNode NodeOf(ReadOnlyMemory<byte> key) => _nodes[_ring.NodeOf(key.Span)];

    private async Task<CacheValue[]> GetItemsAsync(IReadOnlyList<ReadOnlyMemory<byte>> keys, int keysPerBatchMax, uint leaseSeconds, CancellationToken cancellationToken)
    {
        var values = new CacheValue[keys.Count];
        await Task.WhenAll(BatchesOf(keys, keysPerBatchMax).Select(batch => GetBatchAsync(batch.Node, keys, batch.Indexes, values, leaseSeconds, cancellationToken)));
        return values;
    }

    /// <summary>The keys' places in the list, by node, at most so many in one batch.</summary>
    private IEnumerable<(CacheNode Node, int[] Indexes)> BatchesOf(IReadOnlyList<ReadOnlyMemory<byte>> keys, int keysPerBatchMax)
    {
        var perNode = new List<int>?[_nodes.Length];
        for (int i = 0; i < keys.Count; i++)
            (perNode[_ring.NodeOf(keys[i].Span)] ??= []).Add(i);

        for (int n = 0; n < _nodes.Length; n++)
        {
            foreach (int[] indexes in perNode[n]?.Chunk(keysPerBatchMax) ?? [])
                yield return (_nodes[n], indexes);
        }
    }

    private static async Task GetBatchAsync(
        CacheNode node, IReadOnlyList<ReadOnlyMemory<byte>> keys, int[] indexes, CacheValue[] values, uint leaseSeconds, CancellationToken cancellationToken)
    {
        // Values that came before a connection broke are whole and matched by key, so they are kept.
        bool answered = node.IsAvailable() && await node.ExecuteAsync(
            new GetOperation(keys, indexes, values, node.TakeNumbers(indexes.Length), leaseSeconds, node.Counters), cancellationToken);
        if (!answered)
            Interlocked.Add(ref node.Counters.UnansweredGets, indexes.Length);
    }

    private async Task<StoreOutcome> SetItemAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, uint clientFlags, uint expirySeconds, CancellationToken cancellationToken)
    {
        CacheNode node = NodeOf(key);
        StoreOutcome outcome = StoreOutcome.Unavailable;
        if (node.IsAvailable())
        {
            var set = new SingleOperation(MetaRequests.Set(key.Span, value.Span, clientFlags, expirySeconds), SingleOperation.Kind.Set);
            if (await node.ExecuteAsync(set, cancellationToken))
                outcome = set.Status == MetaStatus.Done ? StoreOutcome.Stored : StoreOutcome.Refused;
            if (set.Status == MetaStatus.ServerError)
                Interlocked.Increment(ref node.Counters.ServerErrors);
        }

        Interlocked.Increment(ref outcome == StoreOutcome.Stored ? ref node.Counters.Stores : ref node.Counters.FailedStores);
        return outcome;
    }

    private void OnStateChanged(CacheNode node, NodeState state) => NodeStateChanged?.Invoke(this, new NodeStateChangedEventArgs(node.Endpoint, state));
}
