using Google.Protobuf;
using Monorepo.Core;
using Monorepo.History.Objects;
using Monorepo.Rpc;
using Monorepo.Storage;
using ObjectBatch = Monorepo.Storage.ObjectBatch;

namespace Monorepo.History.Trees;

/// <summary>
/// Sends the trees in which pairs of trees differ, each once, level by level: what comparing them reads, for any number of comparisons in one
/// answer. Costs what differs. A tree that the store does not have is sent with an empty envelope.
/// </summary>
internal sealed class TreePairWalk(IObjectStore store, int levelsMax, ObjectBatchWriter writer)
{
    /// <summary>Pairs whose trees one read of the store names.</summary>
    private const int PairsPerRead = 512;

    private readonly HashSet<Pair> _visited = [];
    private readonly HashSet<ObjectId> _sent = [];
    private List<Pair> _nextLevel = [];

    /// <param name="roots">Left, right, left, right, …; null: the empty tree.</param>
    /// <param name="filter">Which paths.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too much differs for one answer.</exception>
    public async Task RunAsync(ObjectId?[] roots, PathFilter filter, CancellationToken cancellationToken)
    {
        for (int i = 0; i < roots.Length; i += 2)
        {
            Visit(roots[i], roots[i + 1], filter);
        }

        for (int level = 0; _nextLevel.Count > 0; level++)
        {
            List<Pair> pairs = _nextLevel;
            _nextLevel = [];
            foreach (Pair[] some in pairs.Chunk(PairsPerRead))
            {
                await ReadAsync(some, isLast: level == levelsMax, cancellationToken);
            }
        }
    }

    private async Task ReadAsync(Pair[] pairs, bool isLast, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, int> places = [];
        foreach (ObjectId id in pairs.SelectMany(static p => (ObjectId?[])[p.Left, p.Right]).OfType<ObjectId>())
        {
            places.TryAdd(id, places.Count);
        }

        using ObjectBatch batch = await store.GetAsync(places.Keys.ToArray(), cancellationToken);
        foreach ((ObjectId id, int at) in places)
        {
            if (_sent.Add(id))
            {
                await writer.AddAsync(id, ByteString.CopyFrom(batch[at]), cancellationToken);
            }
        }

        foreach (Pair pair in isLast ? [] : pairs)
        {
            Expand(List(pair.Left), List(pair.Right), pair.Filter);
        }

        Dictionary<string, ObjectId> List(ObjectId? tree) => tree is { } id && batch.IsPresent(places[id]) ? Directories(batch[places[id]]) : [];
    }

    private void Expand(Dictionary<string, ObjectId> left, Dictionary<string, ObjectId> right, PathFilter filter)
    {
        foreach ((string name, ObjectId id) in left)
        {
            if (filter.Below(name) is { } below)
            {
                Visit(id, right.TryGetValue(name, out ObjectId other) ? other : null, below);
            }
        }

        foreach ((string name, ObjectId id) in right)
        {
            if (!left.ContainsKey(name) && filter.Below(name) is { } below)
            {
                Visit(null, id, below);
            }
        }
    }

    private void Visit(ObjectId? left, ObjectId? right, PathFilter filter)
    {
        Pair pair = new(left, right, filter);
        if (left == right || !_visited.Add(pair))
        {
            return;
        }

        if (_visited.Count > TreeWalk.VisitedMax)
        {
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"the trees differ in more than {TreeWalk.VisitedMax} directories; ask for fewer pairs, for paths, or to a depth.");
        }

        _nextLevel.Add(pair);
    }

    private static Dictionary<string, ObjectId> Directories(ReadOnlySpan<byte> envelope)
    {
        Dictionary<string, ObjectId> directories = new(StringComparer.Ordinal);
        foreach (TreeEntry entry in new TreeReader(TreeWalk.DecodeTree(envelope)))
        {
            if (entry.Mode.IsDirectory())
            {
                directories[TreeNames.ToKey(entry.Name)] = entry.Id;
            }
        }

        return directories;
    }

    /// <param name="Left">Null: nothing is there on the left.</param>
    /// <param name="Right">Null: nothing is there on the right.</param>
    private readonly record struct Pair(ObjectId? Left, ObjectId? Right, PathFilter Filter);
}
