using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Hot;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Operations.Warming;

/// <summary>Reads objects that the cache does not have from behind it, and stores them there. <see cref="Progress"/> may be read meanwhile.</summary>
/// <param name="repository">Whose objects.</param>
/// <param name="origin">Where they are read.</param>
/// <param name="cache">Filled with what it does not have.</param>
/// <param name="hot">Offered all objects, which are all read then: what it has it can't cheaply say. Null: none is asked for.</param>
/// <param name="pacer">Slows it down.</param>
/// <param name="time">The clock.</param>
internal sealed class WarmRun(RepositoryName repository, IEnvelopeOrigin origin, IManagedCache cache, HotSet? hot, Pacer pacer, TimeProvider time)
{
    /// <summary>Objects asked about and read together.</summary>
    private const int ObjectsPerStep = 256;

    /// <summary>Steps at a time. Each holds at most what one read of the origin gives, <see cref="BlobLimits.ReplyBytesTarget"/>.</summary>
    private const int StepsMax = 4;

    /// <summary>Objects being stored at a time, of each step.</summary>
    private const int StoresMax = 16;

    /// <summary>Objects in a row that the cache does not take, after which it is taken to be gone.</summary>
    private const int FailuresMax = 1_024;

    private readonly long _start = time.GetTimestamp();
    private long _stored;
    private long _skipped;
    private long _missing;
    private long _failed;
    private long _failedInRow;
    private long _bytes;

    public WarmProgress Progress
    {
        get
        {
            long stored = Interlocked.Read(ref _stored), skipped = Interlocked.Read(ref _skipped);
            long missing = Interlocked.Read(ref _missing), failed = Interlocked.Read(ref _failed);
            return new WarmProgress
            {
                Objects = (ulong)(stored + skipped + missing + failed),
                Stored = (ulong)stored,
                Skipped = (ulong)skipped,
                Missing = (ulong)missing,
                Failed = (ulong)failed,
                Bytes = (ulong)Interlocked.Read(ref _bytes),
                ElapsedMs = (ulong)time.GetElapsedTime(_start).TotalMilliseconds,
            };
        }
    }

    /// <exception cref="RpcException">UNAVAILABLE: the cache takes nothing any more.</exception>
    /// <exception cref="BlobTransportException">The origin failed.</exception>
    public Task RunAsync(IWarmSet set, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        StepsOf(set, cancellationToken), new ParallelOptions { MaxDegreeOfParallelism = StepsMax, CancellationToken = cancellationToken },
        async (ids, stop) => await StepAsync(ids, stop));

    private static async IAsyncEnumerable<ObjectId[]> StepsOf(
        IWarmSet set, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (IReadOnlyList<ObjectId> batch in set.ReadAsync(cancellationToken))
        {
            foreach (ObjectId[] step in batch.Chunk(ObjectsPerStep))
                yield return step;
        }
    }

    private async Task StepAsync(ObjectId[] ids, CancellationToken cancellationToken)
    {
        bool[] present = await cache.ContainsAsync(repository, ids, cancellationToken);
        HashSet<ObjectId> held = [.. ids.Where((_, i) => present[i])];
        ObjectId[] wanted = hot is null ? [.. ids.Where((_, i) => !present[i])] : ids;
        Interlocked.Add(ref _skipped, ids.Length - wanted.Length);
        while (wanted.Length > 0)
        {
            BlobEntry[] entries = await origin.GetAsync(repository, wanted, BlobReadOptions.None, cancellationToken);
            ObjectId[] asked = wanted;
            await Parallel.ForAsync(
                0, asked.Length, new ParallelOptions { MaxDegreeOfParallelism = StoresMax, CancellationToken = cancellationToken },
                async (i, stop) => await StoreAsync(asked[i], entries[i], held.Contains(asked[i]), stop));
            wanted = [.. asked.Where((_, i) => entries[i].Outcome == BlobOutcome.Deferred)];
            if (wanted.Length == asked.Length)
                throw new InvalidOperationException("The origin deferred every id asked.");
        }
    }

    private async Task StoreAsync(ObjectId id, BlobEntry entry, bool isHeld, CancellationToken cancellationToken)
    {
        if (entry.Outcome == BlobOutcome.Missing)
            Interlocked.Increment(ref _missing);
        if (entry.Outcome != BlobOutcome.Found)
            return;
        if (ObjectEnvelope.ReadHeader(entry.Envelope.Span).Kind is not (ObjectKind.Blob or ObjectKind.Tree))
        {
            // Among recorded reads there are commits, which no cache takes.
            Interlocked.Increment(ref _skipped);
            return;
        }

        await pacer.SpendAsync(entry.Envelope.Length, cancellationToken);
        hot?.Offer(repository, id, entry.Envelope.Span);
        if (isHeld)
        {
            Interlocked.Increment(ref _skipped);
            return;
        }

        if (await cache.StoreAsync(repository, id, entry.Envelope, cancellationToken))
        {
            Interlocked.Increment(ref _stored);
            Interlocked.Add(ref _bytes, entry.Envelope.Length);
            Interlocked.Exchange(ref _failedInRow, 0);
            return;
        }

        Interlocked.Increment(ref _failed);
        if (Interlocked.Increment(ref _failedInRow) >= FailuresMax)
        {
            throw new RpcException(
                RpcStatusCode.Unavailable,
                $"memcached took none of the last {FailuresMax} objects: 'mr-admin stats' shows its nodes. What was stored stays; run the same again when they are back.");
        }
    }
}
