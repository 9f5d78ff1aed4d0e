using System.Collections.Concurrent;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.BlobPlane;

/// <summary>
/// Reads from the origin with misses collapsed: while an object is being read, everyone else who misses it waits for that read. A read belongs to
/// all who wait for it, so it is not cancelled with the request that started it; it has a deadline of its own. Reads at a time and reads waiting
/// are bounded. Thread-safe.
/// </summary>
internal sealed class OriginReads : IDisposable
{
    private readonly IEnvelopeOrigin _origin;
    private readonly TieredBlobSourceOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<RepositoryName, ObjectId, ReadOnlyMemory<byte>> _onFound;
    private readonly ConcurrentDictionary<(RepositoryName Repository, ObjectId Id), TaskCompletionSource<BlobEntry>> _flights = new();
    private readonly SemaphoreSlim _slots;
    private readonly CancellationTokenSource _stopped = new();
    private int _waiting;
    private long _reads;
    private long _found;
    private long _missing;
    private long _bytes;
    private long _failures;
    private long _collapsed;

    /// <param name="onFound">Called with each envelope read, before anyone who waits for it goes on.</param>
    public OriginReads(
        IEnvelopeOrigin origin, TieredBlobSourceOptions options, TimeProvider time, Action<RepositoryName, ObjectId, ReadOnlyMemory<byte>> onFound)
    {
        _origin = origin;
        _options = options;
        _time = time;
        _onFound = onFound;
        _slots = new SemaphoreSlim(options.OriginReadsMax);
    }

    public OriginStatistics Statistics => new()
    {
        Reads = Interlocked.Read(ref _reads),
        Found = Interlocked.Read(ref _found),
        Missing = Interlocked.Read(ref _missing),
        FoundBytes = Interlocked.Read(ref _bytes),
        Failures = Interlocked.Read(ref _failures),
        Collapsed = Interlocked.Read(ref _collapsed),
    };

    /// <summary>
    /// One entry an id, in order; any of them may be deferred, even all: a read started by someone else may have been full. Repeats are allowed.
    /// </summary>
    public async Task<BlobEntry[]> GetAsync(RepositoryName repository, ObjectId[] ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        // A read that someone else started may bring what this reader must not be given again.
        if (options.HasFlag(BlobReadOptions.Verify))
            return await ReadAsync(repository, ids, options).WaitAsync(cancellationToken);
        var waits = new Task<BlobEntry>[ids.Length];
        var own = new List<(ObjectId Id, TaskCompletionSource<BlobEntry> Flight)>();
        for (int i = 0; i < waits.Length; i++)
        {
            var flight = new TaskCompletionSource<BlobEntry>(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource<BlobEntry> current = _flights.GetOrAdd((repository, ids[i]), flight);
            if (current == flight)
                own.Add((ids[i], flight));
            waits[i] = current.Task;
        }

        Interlocked.Add(ref _collapsed, waits.Length - own.Count);
        if (own.Count > 0)
            _ = LeadAsync(repository, own);
        return await Task.WhenAll(waits).WaitAsync(cancellationToken);
    }

    /// <summary>Reads one object for this caller alone; the origin then has no reason to defer it.</summary>
    public async Task<BlobEntry> GetAloneAsync(RepositoryName repository, ObjectId id, BlobReadOptions options, CancellationToken cancellationToken)
    {
        BlobEntry entry = (await ReadAsync(repository, [id], options).WaitAsync(cancellationToken))[0];
        return entry.Outcome != BlobOutcome.Deferred
            ? entry
            : throw new BlobTransportException(BlobTransportError.SourceFailed, "The origin deferred the only object asked for.");
    }

    /// <summary>Ends all reads with failures.</summary>
    public void Dispose() => _stopped.Cancel();

    // Never throws: the outcome goes to the flights.
    private async Task LeadAsync(RepositoryName repository, List<(ObjectId Id, TaskCompletionSource<BlobEntry> Flight)> own)
    {
        // Off the thread of the transport that called: a store may read from disk before its first await.
        await Task.Yield();
        BlobEntry[]? entries = null;
        Exception? failure = null;
        try
        {
            entries = await ReadAsync(repository, own.Select(static o => o.Id).ToArray(), BlobReadOptions.None);
        }
#pragma warning disable CA1031 // Whatever it is, those who wait must hear of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
        }

        for (int i = 0; i < own.Count; i++)
        {
            (ObjectId id, TaskCompletionSource<BlobEntry> flight) = own[i];
            _flights.TryRemove((repository, id), out _);
            if (entries is not null)
            {
                flight.SetResult(entries[i]);
                continue;
            }

            flight.SetException(failure!);
            _ = flight.Task.Exception; // All who waited may have gone.
        }
    }

    private async Task<BlobEntry[]> ReadAsync(RepositoryName repository, ObjectId[] ids, BlobReadOptions options)
    {
        using var deadline = new CancellationTokenSource(_options.OriginTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopped.Token);
        try
        {
            await EnterAsync(either.Token);
            try
            {
                Interlocked.Increment(ref _reads);
                BlobEntry[] entries = await _origin.GetAsync(repository, ids, options, either.Token);
                if (entries.Length != ids.Length)
                    throw new BlobTransportException(BlobTransportError.SourceFailed, "The origin answered another number of ids than asked.");
                Note(repository, ids, entries);
                return entries;
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException e) when (either.IsCancellationRequested)
        {
            Interlocked.Increment(ref _failures);
            throw _stopped.IsCancellationRequested
                ? new BlobTransportException(BlobTransportError.ShuttingDown, "The server is stopping.", e)
                : new BlobTransportException(BlobTransportError.SourceFailed, "The origin did not answer in time.", e);
        }
        catch (Exception e) when (e is not BlobTransportException { Error: BlobTransportError.UnknownRepository })
        {
            Interlocked.Increment(ref _failures);
            throw;
        }
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_slots.Wait(0, CancellationToken.None))
            return;
        try
        {
            if (Interlocked.Increment(ref _waiting) > _options.OriginWaitersMax)
                throw new BlobTransportException(BlobTransportError.Overloaded, "Too many reads wait for the store.");
            await _slots.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private void Note(RepositoryName repository, ObjectId[] ids, BlobEntry[] entries)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            switch (entries[i].Outcome)
            {
                case BlobOutcome.Found:
                    Interlocked.Increment(ref _found);
                    Interlocked.Add(ref _bytes, entries[i].Envelope.Length);
                    _onFound(repository, ids[i], entries[i].Envelope);
                    break;
                case BlobOutcome.Missing:
                    Interlocked.Increment(ref _missing);
                    break;
                default:
                    break;
            }
        }
    }
}
