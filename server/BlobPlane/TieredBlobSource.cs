using System.Runtime.ExceptionServices;
using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Hot;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.BlobPlane;

/// <summary>
/// The server's contents in tiers: the hot set, each cache in order, then the origin. What a later tier had is offered to the earlier ones. Simultaneous
/// misses of one object cost one read of the origin. While the origin fails, what the tiers before it have is served. Does not own the tiers. Thread-safe.
/// </summary>
/// <remarks>
/// A request is worked off in steps sized by what the envelopes so far weighed, so that a request for many large objects does not read much more
/// than fits in its answer. The caller has checked that the reader may read the repository; that alone is what gives access to its objects.
/// </remarks>
public sealed class TieredBlobSource : IBlobSource, IDisposable
{
    private const int FirstStepIds = 512;
    private const int StepIdsMin = 32;
    private const int StepIdsMax = 8192;

    private readonly IEnvelopeCache[] _caches;
    private readonly HotSet? _hot;
    private readonly OriginReads _origin;
    private readonly TimeProvider _time;
    private IBlobReadObserver[] _observers = [];
    private long _requests;
    private long _found;
    private long _missing;
    private long _deferred;
    private long _foundBytes;

    /// <param name="caches">Fastest first; may be empty.</param>
    /// <param name="origin">Has everything there is.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="time">Null: the system's.</param>
    /// <param name="hot">In this process's memory, before all caches. Null: none.</param>
    public TieredBlobSource(
        IReadOnlyList<IEnvelopeCache> caches, IEnvelopeOrigin origin, TieredBlobSourceOptions? options = null, TimeProvider? time = null, HotSet? hot = null)
    {
        ArgumentNullException.ThrowIfNull(caches);
        ArgumentNullException.ThrowIfNull(origin);
        _caches = [.. caches];
        _time = time ?? TimeProvider.System;
        _hot = hot;
        _origin = new OriginReads(
            origin, options ?? new(), _time, (repository, id, envelope) => OfferBefore(_caches.Length, repository, id, envelope));
    }

    /// <summary>What I/O threads answer from the hot set by themselves is counted with the rest.</summary>
    public BlobPlaneStatistics Statistics
    {
        get
        {
            HotSetStatistics? hot = _hot?.Statistics;
            return new BlobPlaneStatistics
            {
                Hot = hot,
                Caches = [.. _caches.Select(static c => c.Statistics)],
                Origin = _origin.Statistics,
                Requests = Interlocked.Read(ref _requests) + (hot?.AnsweredRequests ?? 0),
                Found = Interlocked.Read(ref _found) + (hot?.Answered ?? 0),
                Missing = Interlocked.Read(ref _missing),
                Deferred = Interlocked.Read(ref _deferred),
                FoundBytes = Interlocked.Read(ref _foundBytes) + (hot?.AnsweredBytes ?? 0),
            };
        }
    }

    public async ValueTask<BlobBatch> GetAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        BlobRequestRules.ThrowIfTooMany(ids.Length);
        long start = _time.GetTimestamp();
        byte[] tiers = new byte[ids.Length];
        var entries = new BlobEntry[ids.Length];
        var leases = new HotLeases();
        try
        {
            long bytes = await GetAllAsync(repository, ids, entries, tiers, leases, options, cancellationToken);
            Count(entries, bytes);
        }
        catch
        {
            leases.Dispose();
            throw;
        }

        foreach (IBlobReadObserver observer in _observers)
            observer.OnAnswered(repository, ids.Span, entries, tiers, _time.GetElapsedTime(start));
        // What is not in the hot set is garbage-collected memory: envelopes are shared with other requests, and with tiers that keep them.
        return new BlobBatch(entries, leases);
    }

    /// <summary>From now on the observer is told too, also of what is answered from the hot set alone. Call it before requests come.</summary>
    public void Observe(IBlobReadObserver observer)
    {
        _observers = [.. _observers, observer];
        _hot?.Observe(observer);
    }

    /// <summary>Ends reads of the origin that are under way; those who wait for them get <see cref="BlobTransportError.ShuttingDown"/>.</summary>
    public void Dispose() => _origin.Dispose();

    /// <returns>Envelope bytes in the answer.</returns>
    private async Task<long> GetAllAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobEntry[] entries, byte[] tiers, HotLeases leases, BlobReadOptions options,
        CancellationToken cancellationToken)
    {
        var budget = new BlobEntryBudget();
        int done = 0;
        Exception? failure = null;
        while (done < ids.Length && !budget.IsSpent)
        {
            int count = Math.Min(StepIds(done, budget.Bytes), ids.Length - done);
            Memory<BlobEntry> step = entries.AsMemory(done, count);
            tiers.AsSpan(done, count).Fill((byte)(_caches.Length + 1));
            leases.Add(FindHot(repository, ids.Span.Slice(done, count), step.Span, options));
            failure = await GetStepAsync(repository, ids.Slice(done, count), step, tiers.AsMemory(done, count), options, failure, cancellationToken);
            if (failure is null && done == 0 && step.Span[0].Outcome == BlobOutcome.Deferred)
            {
                BlobEntry first = await _origin.GetAloneAsync(repository, ids.Span[0], options, cancellationToken);
                step.Span[0] = first;
            }

            DeferPastBudget(step.Span, ref budget);
            done += count;
        }

        // What the tiers before it had is answered all the same; whoever asks for the rest alone hears why it can't be had.
        if (failure is not null && budget.Bytes == 0)
            ExceptionDispatchInfo.Throw(failure);
        entries.AsSpan(done).Fill(BlobEntry.Deferred);
        return budget.Bytes;
    }

    /// <summary>As many ids as are expected to fill what is left of the answer.</summary>
    private static int StepIds(int done, long bytes)
    {
        if (done == 0)
            return FirstStepIds;
        long bytesPerId = Math.Max(1, bytes / done);
        return (int)Math.Clamp((BlobLimits.ReplyBytesTarget - bytes) / bytesPerId, StepIdsMin, StepIdsMax);
    }

    /// <returns>How the origin failed, now or in an earlier step, after which it is not asked again; null: it did not.</returns>
    private async Task<Exception?> GetStepAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, Memory<BlobEntry> entries, Memory<byte> tiers, BlobReadOptions options,
        Exception? failure, CancellationToken cancellationToken)
    {
        int[] open = Open(entries.Span);
        for (int tier = 0; tier < _caches.Length && open.Length > 0; tier++)
        {
            ObjectId[] asked = Pick(ids, open);
            ReadOnlyMemory<byte>[] envelopes = await _caches[tier].GetAsync(repository, asked, options, cancellationToken);
            var missed = new List<int>();
            for (int i = 0; i < open.Length; i++)
            {
                if (envelopes[i].IsEmpty)
                {
                    missed.Add(open[i]);
                    continue;
                }

                tiers.Span[open[i]] = (byte)tier;
                entries.Span[open[i]] = BlobEntry.Found(envelopes[i]);
                OfferBefore(tier, repository, asked[i], envelopes[i]);
            }

            open = [.. missed];
        }

        if (open.Length == 0)
            return failure;
        if (failure is null)
        {
            try
            {
                BlobEntry[] read = await _origin.GetAsync(repository, Pick(ids, open), options, cancellationToken);
                for (int i = 0; i < open.Length; i++)
                {
                    entries.Span[open[i]] = read[i];
                    tiers.Span[open[i]] = (byte)_caches.Length;
                }

                return null;
            }
            catch (IOException e) when (e is not BlobTransportException { Error: BlobTransportError.UnknownRepository })
            {
                failure = e;
            }
        }

        foreach (int index in open)
            entries.Span[index] = BlobEntry.Deferred;
        return failure;
    }

    private HotLease? FindHot(RepositoryName repository, ReadOnlySpan<ObjectId> ids, Span<BlobEntry> entries, BlobReadOptions options)
    {
        HotLease? lease = _hot?.Find(repository, ids, entries);
        if (lease is null || !options.HasFlag(BlobReadOptions.Verify))
            return lease;
        for (int i = 0; i < ids.Length; i++)
        {
            if (entries[i].Outcome != BlobOutcome.Found || IsTrue(entries[i].Envelope.Span, ids[i]))
                continue;
            _hot!.Remove(repository, ids[i]);
            entries[i] = BlobEntry.Missing;
        }

        return lease;
    }

    private static bool IsTrue(ReadOnlySpan<byte> envelope, ObjectId id)
    {
        try
        {
            _ = ObjectEnvelope.Open(envelope, id, out _);
            return true;
        }
        catch (CorruptObjectException)
        {
            return false;
        }
    }

    /// <summary>What the hot set did not have.</summary>
    private static int[] Open(ReadOnlySpan<BlobEntry> entries)
    {
        var open = new List<int>(entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].Outcome != BlobOutcome.Found)
                open.Add(i);
        }

        return [.. open];
    }

    private static ObjectId[] Pick(ReadOnlyMemory<ObjectId> ids, int[] indexes)
    {
        var picked = new ObjectId[indexes.Length];
        for (int i = 0; i < picked.Length; i++)
            picked[i] = ids.Span[indexes[i]];
        return picked;
    }

    private void OfferBefore(int tier, RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope)
    {
        for (int earlier = 0; earlier < tier; earlier++)
            _caches[earlier].Offer(repository, id, envelope);
        _hot?.Offer(repository, id, envelope.Span);
    }

    private static void DeferPastBudget(Span<BlobEntry> entries, ref BlobEntryBudget budget)
    {
        foreach (ref BlobEntry entry in entries)
        {
            if (entry.Outcome == BlobOutcome.Found && !budget.TryAdd(entry.Envelope.Length))
                entry = BlobEntry.Deferred;
        }
    }

    private void Count(ReadOnlySpan<BlobEntry> entries, long bytes)
    {
        int found = 0, deferred = 0;
        foreach (BlobEntry entry in entries)
        {
            found += entry.Outcome == BlobOutcome.Found ? 1 : 0;
            deferred += entry.Outcome == BlobOutcome.Deferred ? 1 : 0;
        }

        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _found, found);
        Interlocked.Add(ref _deferred, deferred);
        Interlocked.Add(ref _missing, entries.Length - found - deferred);
        Interlocked.Add(ref _foundBytes, bytes);
    }

    /// <summary>What keeps the hot set's part of an answer in place, one lease a step.</summary>
    private sealed class HotLeases : IDisposable
    {
        private readonly List<HotLease> _leases = [];

        public void Add(HotLease? lease)
        {
            if (lease is not null)
                _leases.Add(lease);
        }

        public void Dispose() => _leases.ForEach(static lease => lease.Dispose());
    }
}
