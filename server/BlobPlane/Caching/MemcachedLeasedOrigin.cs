using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Memcached;

namespace Monorepo.BlobPlane.Caching;

/// <summary>What the processes that share memcached spared each other. Totals only grow.</summary>
public sealed record LeaseStatistics
{
    /// <summary>Objects that this process read for all.</summary>
    public required long Won { get; init; }

    /// <summary>Objects that another process was reading, or had just read, and that came from memcached: reads spared.</summary>
    public required long Spared { get; init; }

    /// <summary>Objects that another process was reading for too long, so this one read them too.</summary>
    public required long TimedOut { get; init; }
}

/// <summary>
/// An origin behind memcached's leases: of all processes that miss an object at the same time one reads it, the others wait until it is in
/// memcached. A reader that dies or is slow holds them up for <see cref="MemcachedEnvelopeCacheOptions.LeaseWaitMax"/> and no longer. Without
/// memcached everyone reads. Made by <see cref="MemcachedEnvelopeCache.Lease"/>. Thread-safe.
/// </summary>
/// <remarks>
/// What was read goes to memcached before this waits for what others read: two processes that each hold what the other wants would wait for
/// each other otherwise. What is not stored (commits, tags, ids that are nowhere, failures) is given back at once.
/// </remarks>
public sealed class MemcachedLeasedOrigin : IEnvelopeOrigin
{
    private static readonly TimeSpan PollFirst = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PollMax = TimeSpan.FromMilliseconds(32);

    private readonly IEnvelopeOrigin _origin;
    private readonly MemcachedClient _client;
    private readonly MemcachedEnvelopeCacheOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<RepositoryName, ReadOnlyMemory<ObjectId>, CancellationToken, ValueTask<ReadOnlyMemory<byte>[]>> _keysOf;
    private readonly Func<RepositoryName, ObjectId, ReadOnlyMemory<byte>, bool> _store;
    private long _won;
    private long _spared;
    private long _timedOut;

    /// <param name="origin">Whose reads are spared.</param>
    /// <param name="client">Of the memcached that holds the leases.</param>
    /// <param name="options">The cache's.</param>
    /// <param name="keysOf">The keys in memcached.</param>
    /// <param name="store">Puts an envelope into the cache in the background; false where it will not.</param>
    /// <param name="time">Measures waits.</param>
    internal MemcachedLeasedOrigin(
        IEnvelopeOrigin origin, MemcachedClient client, MemcachedEnvelopeCacheOptions options,
        Func<RepositoryName, ReadOnlyMemory<ObjectId>, CancellationToken, ValueTask<ReadOnlyMemory<byte>[]>> keysOf,
        Func<RepositoryName, ObjectId, ReadOnlyMemory<byte>, bool> store, TimeProvider time)
    {
        _origin = origin;
        _client = client;
        _options = options;
        _keysOf = keysOf;
        _store = store;
        _time = time;
    }

    public LeaseStatistics Statistics => new()
    {
        Won = Interlocked.Read(ref _won),
        Spared = Interlocked.Read(ref _spared),
        TimedOut = Interlocked.Read(ref _timedOut),
    };

    public async ValueTask<BlobEntry[]> GetAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        var request = new Request(repository, ids, await _keysOf(repository, ids, cancellationToken));
        if (options.HasFlag(BlobReadOptions.Verify))
        {
            // Whoever wants everything checked reads for himself.
            await ReadAsync(request, [.. Enumerable.Range(0, ids.Length).Select(static i => (i, default(CacheLease)))], options, cancellationToken);
            return request.Entries;
        }

        int[] lost = await AskAsync(request, [.. Enumerable.Range(0, ids.Length)], cancellationToken);
        Task own = ReadAsync(request, request.TakeWon(), BlobReadOptions.None, cancellationToken);
        try
        {
            await WaitForOthersAsync(request, lost, cancellationToken);
        }
        finally
        {
            await own;
        }

        DeferPastBudget(request);
        return request.Entries;
    }

    /// <summary>Asks memcached for these; hits are entered, what was won is noted. Returns what others are reading.</summary>
    private async Task<int[]> AskAsync(Request request, int[] indexes, CancellationToken cancellationToken)
    {
        CacheLease[] leases = await _client.GetOrLeaseAsync([.. indexes.Select(i => request.Keys[i])], _options.LeaseTime, cancellationToken);
        var lost = new List<int>();
        for (int i = 0; i < indexes.Length; i++)
        {
            int index = indexes[i];
            if (leases[i].Outcome == LeaseOutcome.Lost)
            {
                lost.Add(index);
            }
            else if (leases[i].Outcome == LeaseOutcome.Hit
                && MemcachedEnvelopeCache.IsBelievable(leases[i].Value.Bytes.Span, request.Ids.Span[index], _options.VerifyIds))
            {
                request.Entries[index] = BlobEntry.Found(leases[i].Value.Bytes);
                request.FromOthers.Add(index);
                Interlocked.Increment(ref _spared);
            }
            else
            {
                request.Won.Add((index, leases[i]));
            }
        }

        return [.. lost];
    }

    private async Task WaitForOthersAsync(Request request, int[] lost, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        TimeSpan poll = PollFirst;
        while (lost.Length > 0 && _time.GetElapsedTime(start) < _options.LeaseWaitMax)
        {
            await Task.Delay(poll, _time, cancellationToken);
            poll = poll * 2 < PollMax ? poll * 2 : PollMax;
            lost = await AskAsync(request, lost, cancellationToken);
            // The reader gave up, or its turn ended: it is ours now.
            await ReadAsync(request, request.TakeWon(), BlobReadOptions.None, cancellationToken);
        }

        Interlocked.Add(ref _timedOut, lost.Length);
        await ReadAsync(request, [.. lost.Select(static i => (i, default(CacheLease)))], BlobReadOptions.None, cancellationToken);
    }

    private async Task ReadAsync(Request request, (int Index, CacheLease Lease)[] wanted, BlobReadOptions options, CancellationToken cancellationToken)
    {
        if (wanted.Length == 0)
            return;
        bool[] stored = new bool[wanted.Length];
        try
        {
            ObjectId[] ids = [.. wanted.Select(w => request.Ids.Span[w.Index])];
            BlobEntry[] read = await _origin.GetAsync(request.Repository, ids, options, cancellationToken);
            if (read.Length != ids.Length)
                throw new BlobTransportException(BlobTransportError.SourceFailed, "The origin answered another number of ids than asked.");
            for (int i = 0; i < wanted.Length; i++)
            {
                request.Entries[wanted[i].Index] = read[i];
                stored[i] = read[i].Outcome == BlobOutcome.Found && _store(request.Repository, ids[i], read[i].Envelope);
            }

            Interlocked.Add(ref _won, wanted.Length);
        }
        finally
        {
            // Nobody waits for this: the turns end by themselves if it fails. Each node bounds what waits to be sent.
            foreach (((int index, CacheLease lease), bool isStored) in wanted.Zip(stored))
            {
                if (!isStored)
                    _ = GiveBackAsync(request.Keys[index], lease);
            }
        }
    }

    private async Task GiveBackAsync(ReadOnlyMemory<byte> key, CacheLease lease)
    {
        try
        {
            await _client.ReleaseAsync(key, lease, CancellationToken.None);
        }
        catch (ObjectDisposedException)
        {
            // The client went first at shutdown.
        }
    }

    /// <summary>What others read is in memcached and can be had by asking again; what was read here would be read in vain.</summary>
    private static void DeferPastBudget(Request request)
    {
        var budget = new BlobEntryBudget();
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < request.Entries.Length; i++)
            {
                if (request.FromOthers.Contains(i) == (pass == 1) && request.Entries[i].Outcome == BlobOutcome.Found && !budget.TryAdd(request.Entries[i].Envelope.Length))
                    request.Entries[i] = BlobEntry.Deferred;
            }
        }
    }

    /// <summary>One call on its way. Reads of what was won and polls run side by side and touch different entries.</summary>
    private sealed class Request(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, ReadOnlyMemory<byte>[] keys)
    {
        public RepositoryName Repository { get; } = repository;

        public ReadOnlyMemory<ObjectId> Ids { get; } = ids;

        public ReadOnlyMemory<byte>[] Keys { get; } = keys;

        public BlobEntry[] Entries { get; } = new BlobEntry[ids.Length];

        public HashSet<int> FromOthers { get; } = [];

        public List<(int Index, CacheLease Lease)> Won { get; } = [];

        public (int Index, CacheLease Lease)[] TakeWon()
        {
            (int, CacheLease)[] taken = [.. Won];
            Won.Clear();
            return taken;
        }
    }
}
