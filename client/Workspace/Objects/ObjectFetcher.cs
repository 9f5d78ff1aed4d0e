using System.Collections.Concurrent;
using System.Diagnostics;
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
    /// <returns>The ids the server does not have, and those it sent damaged twice.</returns>
    public async Task<MissingObjects> FetchAsync(IReadOnlyList<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken)
    {
        MissingObjects first = await FetchOnceAsync(ids, BlobReadOptions.None, receive, cancellationToken);
        if (first.Damaged.Count == 0)
        {
            return first;
        }

        // Bytes may be damaged on the way, or in a cache of the server's, which this makes it check; a second answer that is damaged too comes
        // from the server's store.
        MissingObjects second = await FetchOnceAsync(first.Damaged, BlobReadOptions.Verify, receive, cancellationToken);
        return new MissingObjects([.. first.Absent, .. second.Absent], second.Damaged);
    }

    /// <summary>Fetches what is reachable from trees. Received trees are in the cache or in memory afterwards.</summary>
    public async Task<MissingObjects> FetchTreesAsync(TreeQuery query, CancellationToken cancellationToken)
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

                verifying.Enqueue(Task.Run(() => ReceiveTrees(batch, absent, damaged), CancellationToken.None));
            }
        }
        finally
        {
            await Task.WhenAll(verifying);
        }

        return new MissingObjects([.. absent], [.. damaged]);
    }

    private void ReceiveTrees(ObjectBatch batch, ConcurrentBag<ObjectId> absent, ConcurrentBag<ObjectId> damaged)
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

        remote.Stats.AddReceived(objects.Count, bytes);
        remote.Stats.AddTransport("grpc");
        Store(entries, objects);
    }

    private async Task<MissingObjects> FetchOnceAsync(IReadOnlyList<ObjectId> ids, BlobReadOptions options, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken)
    {
        ConcurrentBag<ObjectId> absent = [];
        ConcurrentBag<ObjectId> damaged = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = BatchesInFlightMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ids.Chunk(IdsPerBatch), parallel, async (batch, token) =>
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                await FetchBatchAsync(batch, options, receive, absent, damaged, token);
            }
            finally
            {
                remote.Stats.AddWaited(Stopwatch.GetElapsedTime(start));
            }
        });
        return new MissingObjects([.. absent], [.. damaged]);
    }

    private async Task FetchBatchAsync(ObjectId[] ids, BlobReadOptions options, Func<GitObject, ValueTask> receive, ConcurrentBag<ObjectId> absent, ConcurrentBag<ObjectId> damaged, CancellationToken cancellationToken)
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

            remote.Stats.AddReceived(1, entry.Envelope.Length);

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
            Store(entries, objects);
            foreach (GitObject item in objects)
            {
                await receive(item);
            }

            entries.Clear();
            objects.Clear();
            bytes = 0;
        }
    }

    private void Store(List<CacheEntry> entries, List<GitObject> objects)
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
    }
}

/// <summary>What a fetch did not bring.</summary>
/// <param name="Absent">The server does not have them.</param>
/// <param name="Damaged">The server's bytes do not hash to them.</param>
internal readonly record struct MissingObjects(IReadOnlyList<ObjectId> Absent, IReadOnlyList<ObjectId> Damaged)
{
    public bool IsEmpty => Absent.Count == 0 && Damaged.Count == 0;

    public ObjectsMissingException ToException() => Damaged.Count > 0
        ? new ObjectsMissingException([.. Damaged, .. Absent], "the server sent damaged bytes, twice")
        : new ObjectsMissingException(Absent, "the server does not have them");
}
