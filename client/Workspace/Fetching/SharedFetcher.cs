using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Fetching;

/// <summary>
/// Fetches together with the other processes that share the cache: what another is fetching is waited for and read from the cache, as long
/// as that one is alive and gets on. Thread-safe.
/// </summary>
internal sealed class SharedFetcher(ObjectFetcher fetcher, FetchClaims claims, ObjectCache cache, FetchStats stats, TimeProvider time)
{
    /// <summary>How often what another left undone is claimed anew before it is fetched without asking whose it is.</summary>
    private const int RoundsMax = 3;

    /// <summary>Keys looked for in the cache at a time: more than another process has under way.</summary>
    private const int WindowKeys = 2 * ObjectFetcher.BatchesInFlightMax * ObjectFetcher.IdsPerBatch;

    /// <summary>Fetches objects; <paramref name="receive"/> gets each, from several workers at a time.</summary>
    public async Task<MissingObjects> FetchAsync(IReadOnlyList<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken)
    {
        MissingObjects missing = MissingObjects.None;
        IReadOnlyList<ObjectId> rest = ids;
        bool isPatient = true;
        for (int round = 0; isPatient && round < RoundsMax && cache.IsWritable; round++)
        {
            (FetchClaim own, IReadOnlyList<ForeignClaim> others) = await claims.ClaimAsync(rest, cancellationToken);
            try
            {
                using (own)
                {
                    IReadOnlyList<ObjectId> absent = await TakeArrivedAsync(own.Keys, receive);
                    missing = missing.And(await fetcher.FetchAsync(absent, receive, own.Step, cancellationToken));
                }

                List<ObjectId> left = [];
                foreach (ForeignClaim other in others)
                {
                    isPatient &= await TakeAsync(other, receive, left, cancellationToken);
                }

                rest = left;
            }
            finally
            {
                Dispose(others);
            }

            if (rest.Count == 0)
            {
                return missing;
            }
        }

        return missing.And(await fetcher.FetchAsync(rest, receive, static () => { }, cancellationToken));
    }

    /// <summary>Fetches trees.</summary>
    /// <param name="whole">What is wanted, wherever it lies: the same for two that want the same, however much of it is here already.</param>
    /// <param name="find">What of it is to be asked for now; null: all is here.</param>
    /// <param name="cancellationToken">Ends the fetch; what arrived stays.</param>
    public async Task<MissingObjects> FetchTreesAsync(TreeQuery whole, Func<TreeQuery?> find, CancellationToken cancellationToken)
    {
        ObjectId key = ObjectFetcher.KeyOf(whole);
        bool isPatient = true;
        for (int round = 0; isPatient && round < RoundsMax && cache.IsWritable; round++)
        {
            (FetchClaim own, IReadOnlyList<ForeignClaim> others) = await claims.ClaimAsync([key], cancellationToken);
            using (own)
            {
                try
                {
                    if (others.Count == 0)
                    {
                        return await FetchFoundAsync(find, own.Step, cancellationToken);
                    }

                    isPatient = await new Patience(others[0], time).WaitForEndAsync(cancellationToken);
                    stats.AddTransport("cache", FetchKind.Trees);
                }
                finally
                {
                    Dispose(others);
                }
            }
        }

        return await FetchFoundAsync(find, static () => { }, cancellationToken);
    }

    // Others may have ended between the question and the claim: what is missing is looked for at the last moment.
    private async Task<MissingObjects> FetchFoundAsync(Func<TreeQuery?> find, Action stored, CancellationToken cancellationToken) =>
        await Task.Run(find, cancellationToken) is { } query ? await fetcher.FetchTreesAsync(query, stored, cancellationToken) : MissingObjects.None;

    private static void Dispose(IEnumerable<ForeignClaim> claims)
    {
        foreach (ForeignClaim claim in claims)
        {
            claim.Dispose();
        }
    }

    /// <summary>Receives what another fetches; what it ends without goes to <paramref name="left"/>.</summary>
    /// <returns>False: it made no step for too long.</returns>
    private async Task<bool> TakeAsync(ForeignClaim other, Func<GitObject, ValueTask> receive, List<ObjectId> left, CancellationToken cancellationToken)
    {
        Patience patience = new(other, time);
        List<ObjectId> window = [];
        int next = 0;
        while (true)
        {
            PatienceEnd? end = await patience.WaitAsync(cancellationToken);
            do
            {
                int count = Math.Min(WindowKeys - window.Count, other.Keys.Count - next);
                window.AddRange(other.Keys.Skip(next).Take(count));
                next += count;
                window = await TakeFoundAsync(window, receive);
                if (end is not null)
                {
                    left.AddRange(window);
                    window.Clear();
                }
            }
            while (end is not null && next < other.Keys.Count);

            if (end is not null || (window.Count == 0 && next == other.Keys.Count))
            {
                return end != PatienceEnd.Stalled;
            }
        }
    }

    /// <summary>Receives what came into the cache between the question and the claim. Returns the rest.</summary>
    private async Task<IReadOnlyList<ObjectId>> TakeArrivedAsync(IReadOnlyList<ObjectId> keys, Func<GitObject, ValueTask> receive)
    {
        List<ObjectId> absent = cache.SelectAbsent(keys);
        if (absent.Count < keys.Count)
        {
            absent.AddRange(await TakeFoundAsync([.. keys.Except(absent)], receive));
        }

        return absent;
    }

    private async Task<List<ObjectId>> TakeFoundAsync(List<ObjectId> keys, Func<GitObject, ValueTask> receive)
    {
        List<ObjectId> open = [];
        foreach (ObjectId key in keys)
        {
            if (cache.TryRead(key) is not { } item)
            {
                open.Add(key);
                continue;
            }

            stats.AddCacheHits(FetchKind.Contents, 1);
            await receive(item);
        }

        if (open.Count < keys.Count)
        {
            stats.AddTransport("cache");
        }

        return open;
    }
}
