using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Services;
using Monorepo.Workspace.Fetching;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Objects;

/// <summary>
/// All objects of a clone: commits from its history, the rest from its local commits, then the user's cache, and what is not there from the
/// server, if there is one.
/// Owns none of them. Thread-safe.
/// </summary>
public sealed class ObjectSource : IObjectSource
{
    /// <summary>Decoded bytes that may wait for a slow consumer.</summary>
    public const long WaitingBytesMax = 64L << 20;

    private const long RecentTreeBytesMax = 128L << 20;
    private const long KeptBytesMax = 512L << 20;
    private const int WaitingObjectsMax = 1024;
    private const int LocalReadersMax = 4;
    private const int FewMax = 16;
    private const int NeighboursMax = 64;

    private readonly ObjectCache _cache;
    private readonly ObjectCache? _beside;
    private readonly FetchClaims _claims;
    private readonly CommitLog? _history;
    private readonly LocalStore? _local;
    private readonly IRemoteRepository? _remote;
    private readonly ObjectMemory _memory = new(RecentTreeBytesMax, KeptBytesMax);
    private readonly FetchStats _stats;
    private readonly string _offlineReason;

    /// <param name="cache">The user's cache.</param>
    /// <param name="history">Gives commits; null: they are asked for like anything else.</param>
    /// <param name="remote">Null: offline.</param>
    /// <param name="offlineReason">Why there is no remote, for people.</param>
    /// <param name="local">Objects of commits made here; null: there are none.</param>
    /// <param name="beside">Another place where objects may be, read and never written; null: there is none.</param>
    public ObjectSource(
        ObjectCache cache, CommitLog? history, IRemoteRepository? remote, string offlineReason = "this command works offline", LocalStore? local = null, ObjectCache? beside = null)
    {
        _beside = beside;
        _local = local;
        _cache = cache;
        _claims = new FetchClaims(Path.Combine(cache.DirectoryPath, "fetching"));
        _history = history;
        _remote = remote;
        _stats = remote?.Stats ?? new FetchStats();
        _offlineReason = offlineReason;
    }

    /// <summary>The remote's statistics, cache hits included.</summary>
    public FetchStats Stats => _stats;

    public async IAsyncEnumerable<GitObject> ReadManyAsync(IReadOnlyCollection<ObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<ObjectId> wanted = [.. ids];
        if (TryReadFew(wanted) is { } few)
        {
            foreach (GitObject item in few)
            {
                yield return item;
            }

            yield break;
        }

        using ByteGate gate = new(WaitingBytesMax);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<GitObject> channel = Channel.CreateBounded<GitObject>(new BoundedChannelOptions(WaitingObjectsMax) { SingleReader = true });

        async ValueTask SendAsync(GitObject item)
        {
            await gate.EnterAsync(item.Body.Length, stop.Token);
            await channel.Writer.WriteAsync(item, stop.Token);
        }

        Task producing = Task.Run(
            async () =>
            {
                Exception? failure = null;
                try
                {
                    await ReceiveAsync(wanted, SendAsync, lend: false, stop.Token);
                }
                catch (Exception e)
                {
                    failure = e;
                }

                channel.Writer.Complete(failure);
            },
            CancellationToken.None);
        try
        {
            await foreach (GitObject item in channel.Reader.ReadAllAsync(cancellationToken))
            {
                gate.Leave(item.Body.Length);
                yield return item;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await producing;
        }
    }

    public Task ReceiveManyAsync(IReadOnlyCollection<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken) =>
        ReceiveAsync(ids, receive, lend: true, cancellationToken);

    public async ValueTask<GitObject> ReadAsync(ObjectId id, CancellationToken cancellationToken)
    {
        if (TryReadLocal(id) is { } local)
        {
            return local;
        }

        GitObject? fetched = null;
        await FetchAsync([id], item =>
        {
            fetched = item;
            return ValueTask.CompletedTask;
        }, cancellationToken);
        return fetched!;
    }

    public async ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken)
    {
        List<ObjectId> missing = SelectMissing(ids.Distinct());
        _stats.AddCacheHits(FetchKind.Contents, ids.Count - missing.Count);
        if (missing.Count > 0)
        {
            await FetchAsync(missing, static _ => ValueTask.CompletedTask, cancellationToken);
        }
    }

    public async ValueTask EnsureTreesAsync(IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken) =>
        await FetchTreesAsync(new TreeQuery(roots, haves, []), () => MissingTrees.Find(this, roots, haves, cancellationToken), cancellationToken);

    public async ValueTask EnsureDifferencesAsync(
        IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        foreach (TreePair[] some in pairs.Chunk(ServiceLimits.IdsMax / 2))
        {
            // A level a round.
            for (int depth = 0; depth < TreeWalker.DepthMax && _local is not null && MissingTrees.FindBesideOwn(this, some, paths) is { Count: > 0 } beside; depth++)
            {
                await FetchAsync(beside, static _ => ValueTask.CompletedTask, cancellationToken);
            }

            ObjectId[] sides = [.. some.SelectMany(static p => (ObjectId[])[p.Left ?? ObjectId.Null, p.Right ?? ObjectId.Null])];
            await FetchTreesAsync(
                new TreeQuery(sides, [], paths, Differing: true), () => MissingTrees.FindDifferences(this, some, paths, cancellationToken), cancellationToken);
        }
    }

    public async ValueTask EnsureWayAsync(ObjectId root, ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        // One tree at most is no way.
        int slashes = path.Span.Count((byte)'/');
        if (slashes > 0)
        {
            TreeQuery way = new([root], [], [path], slashes);
            await FetchTreesAsync(way, () => MissingTrees.HasWay(this, root, path.Span) ? null : way, cancellationToken);
        }
    }

    public async ValueTask EnsureInsideAsync(Sparse.SparseView fresh, Sparse.SparseView? held, CancellationToken cancellationToken)
    {
        // Once, or twice where rules bring in parts of some directories and others whole.
        bool hasMissed = true;
        for (int questions = 0; hasMissed && questions < 2; questions++)
        {
            hasMissed = await FetchTreesAsync(MissingInside.Whole(fresh, held), () => MissingInside.Find(this, fresh, held, cancellationToken), cancellationToken);
        }
    }

    public async ValueTask AffordAsync(Func<IReadOnlyCollection<ObjectId>> listIds, CancellationToken cancellationToken)
    {
        if (_remote is not { Budget.IsLimited: true })
        {
            return;
        }

        List<ObjectId> missing = SelectMissing(listIds().Distinct());
        if (!await TryPlanAsync(missing, cancellationToken))
        {
            await EnsureAsync(missing, cancellationToken);
        }
    }

    /// <summary>Asks for sizes and refuses what costs too much; false where nobody can tell.</summary>
    private async Task<bool> TryPlanAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken)
    {
        long bytes = 0;
        try
        {
            foreach (ObjectId[] some in ids.Chunk(ServiceLimits.IdsMax))
            {
                bytes += (await _remote!.GetObjectInfoAsync(some, cancellationToken)).Sum(static i => (long)i.Size);
            }
        }
        catch (RemoteException)
        {
            // Contents may still come from elsewhere, and are counted as they come.
            return false;
        }

        _remote!.Budget.Plan(ids.Count, bytes);
        return true;
    }

    // False: nothing was missing.
    private async Task<bool> FetchTreesAsync(TreeQuery whole, Func<TreeQuery?> find, CancellationToken cancellationToken)
    {
        if (await Task.Run(find, cancellationToken) is not { } query)
        {
            return false;
        }
        else
        {
            MissingObjects missing = await AskAsync(fetcher => fetcher.FetchTreesAsync(whole, find, cancellationToken), () => TreeHoles.Find(this, query) is { Count: > 0 } holes ? holes : query.Roots, cancellationToken);
            if (!missing.IsEmpty)
            {
                throw missing.ToException();
            }

            return true;
        }
    }

    /// <summary>The object if it is here: never asks the server.</summary>
    public GitObject? TryReadLocal(ObjectId id) => TryReadLocal(id, scratch: null);

    private GitObject? TryReadLocal(ObjectId id, BodyScratch? scratch)
    {
        GitObject? found = _memory.Find(id);
        if (found is not null)
        {
            return found;
        }

        if (_history is not null && _history.TryFind(id, out CommitNode node))
        {
            return new GitObject(id, ObjectKind.Commit, _history.Read(node.Position).Body);
        }

        found = _local?.TryRead(id);
        if (found is not null)
        {
            _memory.Remember(found);
            return found;
        }

        found = _cache.TryRead(id, scratch) ?? _beside?.TryRead(id, scratch);
        if (found is not null)
        {
            _stats.AddCacheHits(found.Kind == ObjectKind.Tree ? FetchKind.Trees : FetchKind.Contents, 1);
            _memory.Remember(found);
        }

        return found;
    }

    /// <summary>Trees that were read lately.</summary>
    internal IEnumerable<GitObject> TreesInMemory => _memory.Trees;

    /// <summary>Whether the object is here, as far as the indexes know.</summary>
    public bool IsLocal(ObjectId id) => IsLocalBesideCache(id) || _cache.Contains(id) || _beside?.Contains(id) == true;

    /// <summary>Whether an object was made here, so that the server may not have it.</summary>
    internal bool IsOwn(ObjectId? id) => id is { } own && _local?.Contains(own) == true;

    private bool IsLocalBesideCache(ObjectId id) => _memory.Find(id) is not null || (_history?.Contains(id) ?? false) || (_local?.Contains(id) ?? false);

    // Those that are not here.
    private List<ObjectId> SelectMissing(IEnumerable<ObjectId> ids)
    {
        List<ObjectId> absent = _cache.SelectAbsent(ids.Where(id => !IsLocalBesideCache(id)));
        return _beside is null || absent.Count == 0 ? absent : _beside.SelectAbsent(absent);
    }

    // Few objects that are all here need no workers.
    private List<GitObject>? TryReadFew(HashSet<ObjectId> ids)
    {
        if (ids.Count > FewMax)
        {
            return null;
        }

        List<GitObject> found = new(ids.Count);
        long bytes = 0;
        foreach (ObjectId id in ids)
        {
            if (TryReadLocal(id) is not { } item || (bytes += item.Body.Length) > WaitingBytesMax)
            {
                return null;
            }

            found.Add(item);
        }

        return found;
    }

    // Each id stands there once. Lend: the receiver keeps no body.
    private async Task ReceiveAsync(IReadOnlyCollection<ObjectId> ids, Func<GitObject, ValueTask> receive, bool lend, CancellationToken cancellationToken)
    {
        ConcurrentQueue<ObjectId> missing = [];
        ParallelOptions options = new() { MaxDegreeOfParallelism = Math.Min(LocalReadersMax, Environment.ProcessorCount), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ids.Chunk(NeighboursMax), options, async (neighbours, _) =>
        {
            using BodyScratch? scratch = lend ? new BodyScratch() : null;
            HashSet<ObjectId>? absent = null;
            foreach (ObjectId id in neighbours)
            {
                if (absent?.Contains(id) != true && TryReadLocal(id, scratch) is { } item)
                {
                    await receive(item);
                }
                else
                {
                    // Never here, damaged, or evicted since. Where one is missing its neighbours often are, which one look tells.
                    absent ??= [.. SelectMissing(neighbours)];
                    missing.Enqueue(id);
                }
            }
        });
        if (!missing.IsEmpty)
        {
            await FetchAsync([.. missing], receive, cancellationToken);
        }
    }

    private async Task FetchAsync(IReadOnlyList<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken)
    {
        if (_remote is { Budget.IsLimited: true })
        {
            await TryPlanAsync(ids, cancellationToken);
        }

        ConcurrentDictionary<ObjectId, bool> received = new();
        MissingObjects missing = await AskAsync(
            fetcher => fetcher.FetchAsync(ids, item => received.TryAdd(item.Id, true) ? receive(item) : ValueTask.CompletedTask, cancellationToken),
            () => ids.Where(id => !received.ContainsKey(id)).ToArray() is { Length: > 0 } rest ? rest : ids,
            cancellationToken);
        if (!missing.IsEmpty)
        {
            throw missing.ToException();
        }
    }

    /// <summary>Turns every failure of the way to the server into "missing, because".</summary>
    private async Task<MissingObjects> AskAsync(Func<SharedFetcher, Task<MissingObjects>> ask, Func<IReadOnlyCollection<ObjectId>> listMissing, CancellationToken cancellationToken)
    {
        if (_remote is null)
        {
            throw new ObjectsMissingException([.. listMissing()], _offlineReason);
        }

        try
        {
            // What arrived before a failure is in the cache, or was received, and is not fetched again.
            return await _remote.Retries.RunAsync(
                () => ask(new SharedFetcher(new ObjectFetcher(_remote, _cache, _memory), _claims, _cache, _stats, TimeProvider.System)), cancellationToken);
        }
        catch (Exception e) when (e is RemoteException or BlobTransportException)
        {
            throw new ObjectsMissingException([.. listMissing()], e.Message, e);
        }
    }
}
