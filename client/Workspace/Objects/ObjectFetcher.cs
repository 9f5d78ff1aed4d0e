using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Objects;

/// <summary>
/// Brings objects from the server: in batches, several at a time, verified and decoded by the workers that receive them, and put in the cache.
/// </summary>
internal sealed class ObjectFetcher(IRemoteRepository remote, ObjectCache cache, ObjectMemory memory)
{
    /// <summary>Ids in one request: some megabytes of an average repository, so that several are under way for any large question.</summary>
    public const int IdsPerBatch = 2048;

    public const int BatchesInFlightMax = 4;

    // Objects copied for the cache before they are written together.
    private const int CacheBatchBytes = 2 << 20;

    // Batches of trees that are verified beside each other; each is some hundred kilobytes.
    private const int TreeBatchesInFlightMax = 8;

    /// <summary>Fetches objects by id; each verified one goes to <paramref name="receive"/>, called by several workers at a time.</summary>
    /// <param name="ids">Each once.</param>
    /// <param name="receive">Waits where objects come faster than they are used.</param>
    /// <param name="stored">Called when something more is in the cache.</param>
    /// <param name="cancellationToken">Ends the fetch; what arrived stays.</param>
    /// <returns>The ids the server does not have, and those it sent damaged twice.</returns>
    /// <exception cref="FetchBudgetException">The command's budget is spent; what arrived stays.</exception>
    public async Task<MissingObjects> FetchAsync(IReadOnlyList<ObjectId> ids, Func<GitObject, ValueTask> receive, Action stored, CancellationToken cancellationToken)
    {
        MissingObjects first = await FetchOnceAsync(ids, BlobReadOptions.None, receive, stored, cancellationToken);
        if (first.Damaged.Count == 0)
        {
            return first;
        }

        // Bytes may be damaged on the way, or in a cache of the server's, which this makes it check; a second answer that is damaged too comes
        // from the server's store.
        MissingObjects second = await FetchOnceAsync(first.Damaged, BlobReadOptions.Verify, receive, stored, cancellationToken);
        return new MissingObjects([.. first.Absent, .. second.Absent], second.Damaged);
    }

    /// <summary>Stands for a question about trees: equal for equal questions, whichever server they go to, since ids say what is wanted.</summary>
    public static ObjectId KeyOf(TreeQuery query)
    {
        ArrayBufferWriter<byte> text = new();
        Encoding.UTF8.GetBytes($"{query.Depth} {query.Differing} {query.Roots.Count} {query.Haves.Count}", text);
        foreach (ObjectId id in query.Roots.Concat(query.Haves))
        {
            text.Write(id.AsSpan());
        }

        foreach (ReadOnlyMemory<byte> path in query.Paths)
        {
            text.Write("\0"u8);
            text.Write(path.Span);
        }

        return ObjectHasher.Hash(ObjectKind.Blob, text.WrittenSpan);
    }

    /// <summary>Fetches what is reachable from trees. Received trees are in the cache or in memory afterwards.</summary>
    public async Task<MissingObjects> FetchTreesAsync(TreeQuery query, Action stored, CancellationToken cancellationToken)
    {
        ConcurrentBag<ObjectId> absent = [];
        ConcurrentBag<ObjectId> damaged = [];
        Queue<Task> verifying = new();
        try
        {
            await foreach (ObjectBatch batch in remote.GetTreesAsync(query, cancellationToken))
            {
                if (verifying.Count == TreeBatchesInFlightMax)
                {
                    await verifying.Dequeue();
                }

                verifying.Enqueue(Task.Run(() => ReceiveTrees(batch, absent, damaged, stored), CancellationToken.None));
            }
        }
        finally
        {
            await Task.WhenAll(verifying);
        }

        return new MissingObjects([.. absent], [.. damaged]);
    }

    private void ReceiveTrees(ObjectBatch batch, ConcurrentBag<ObjectId> absent, ConcurrentBag<ObjectId> damaged, Action stored)
    {
        List<CacheEntry> entries = new(batch.Objects.Count);
        List<GitObject> objects = new(batch.Objects.Count);
        long bytes = 0;
        foreach (ObjectEntry entry in batch.Objects)
        {
            if (entry.Id.Length != ObjectId.Size)
            {
                throw new RemoteException(RemoteError.Broken, $"The server sent an id of {entry.Id.Length} bytes.");
            }

            ObjectId id = new(entry.Id.Span);
            if (entry.Envelope.IsEmpty)
            {
                absent.Add(id);
                continue;
            }

            bytes += entry.Envelope.Length;
            try
            {
                objects.Add(new GitObject(id, default, ObjectEnvelope.Open(entry.Envelope.Span, id, out ObjectKind kind)) with { Kind = kind });
                entries.Add(new CacheEntry(id, entry.Envelope.Memory));
            }
            catch (CorruptObjectException)
            {
                damaged.Add(id);
            }
        }

        remote.Stats.AddReceived(FetchKind.Trees, objects.Count, bytes);
        remote.Stats.AddTransport("grpc", FetchKind.Trees);
        Store(entries, objects, stored);
    }

    private async Task<MissingObjects> FetchOnceAsync(
        IReadOnlyList<ObjectId> ids, BlobReadOptions options, Func<GitObject, ValueTask> receive, Action stored, CancellationToken cancellationToken)
    {
        ConcurrentBag<ObjectId> absent = [];
        ConcurrentBag<ObjectId> damaged = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = BatchesInFlightMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ids.Chunk(IdsPerBatch), parallel, async (batch, token) =>
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                await FetchBatchAsync(batch, options, receive, stored, absent, damaged, token);
            }
            finally
            {
                remote.Stats.AddWaited(FetchKind.Contents, Stopwatch.GetElapsedTime(start));
            }
        });
        return new MissingObjects([.. absent], [.. damaged]);
    }

    private async Task FetchBatchAsync(
        ObjectId[] ids, BlobReadOptions options, Func<GitObject, ValueTask> receive, Action stored,
        ConcurrentBag<ObjectId> absent, ConcurrentBag<ObjectId> damaged, CancellationToken cancellationToken)
    {
        List<CacheEntry> entries = [];
        List<GitObject> objects = [];
        long bytes = 0;
        await foreach ((ObjectId id, BlobEntry entry) in remote.Blobs.GetAllAsync(remote.Url.Name, ids, options, cancellationToken))
        {
            if (entry.Outcome != BlobOutcome.Found)
            {
                absent.Add(id);
                continue;
            }

            GitObject item;
            try
            {
                byte[] body = ObjectEnvelope.Open(entry.Envelope.Span, id, out ObjectKind kind);
                item = new GitObject(id, kind, body);
            }
            catch (CorruptObjectException)
            {
                damaged.Add(id);
                continue;
            }

            remote.Stats.AddReceived(FetchKind.Contents, 1, entry.Envelope.Length);

            // The transport's memory is gone with the next step.
            entries.Add(new CacheEntry(id, entry.Envelope.ToArray()));
            objects.Add(item);
            bytes += entry.Envelope.Length + item.Body.Length;
            if (bytes >= CacheBatchBytes)
            {
                await HandOverAsync();
            }
        }

        await HandOverAsync();

        async ValueTask HandOverAsync()
        {
            // In the cache before anybody hears of them: a prefetch that ended is there.
            Store(entries, objects, stored);
            foreach (GitObject item in objects)
            {
                await receive(item);
            }

            entries.Clear();
            objects.Clear();
            bytes = 0;
        }
    }

    private void Store(List<CacheEntry> entries, List<GitObject> objects, Action stored)
    {
        if (entries.Count > 0 && !cache.Add(entries))
        {
            foreach (GitObject item in objects)
            {
                memory.TryKeep(item);
            }
        }

        foreach (GitObject item in objects)
        {
            memory.Remember(item);
        }

        stored();
        remote.Budget.Spend(objects.Sum(static o => (long)o.Body.Length));
    }
}

/// <summary>What a fetch did not bring.</summary>
/// <param name="Absent">The server does not have them.</param>
/// <param name="Damaged">The server's bytes do not hash to them.</param>
internal readonly record struct MissingObjects(IReadOnlyList<ObjectId> Absent, IReadOnlyList<ObjectId> Damaged)
{
    public static MissingObjects None { get; } = new([], []);

    public bool IsEmpty => Absent.Count == 0 && Damaged.Count == 0;

    public MissingObjects And(MissingObjects other) => new([.. Absent, .. other.Absent], [.. Damaged, .. other.Damaged]);

    public ObjectsMissingException ToException() => Damaged.Count > 0
        ? new ObjectsMissingException([.. Damaged, .. Absent], "the server sent damaged bytes, twice")
        : new ObjectsMissingException(Absent, "the server does not have them");
}
