using System.Runtime.InteropServices;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Objects;
using Monorepo.Rpc;
using Monorepo.Storage;
using ObjectBatch = Monorepo.Storage.ObjectBatch;

namespace Monorepo.History.Trees;

/// <summary>
/// Sends the trees below the roots, each once, level by level, so that parents come before children. A tree that the
/// store does not have is sent with an empty envelope.
/// </summary>
/// <remarks>
/// Trees the client has are left out by walking its roots beside ours: at each path only the directories that differ are
/// opened on either side, so a pull costs what changed and not the size of the repository. A tree that both have at
/// different paths may be sent although the client has it.
/// </remarks>
internal sealed class TreeWalk(IObjectStore store, TreeQuery query, ObjectBatchWriter writer)
{
    /// <summary>Trees one request may visit. At about 60 bytes each this bounds a call to a few hundred megabytes.</summary>
    public const int VisitedMax = 4_194_304;

    /// <summary>Trees one read of the store names.</summary>
    private const int ReadIdsMax = 1_024;

    private static readonly ObjectId[] s_none = [];

    private readonly HashSet<(ObjectId Id, PathFilter Filter)> _visited = [];
    private readonly HashSet<ObjectId> _sent = [];
    private readonly HashSet<ObjectId> _held = [];
    private List<Node> _nextLevel = [];

    public static async Task WriteAsync(
        IObjectStore store, TreeQuery query, IRpcStreamWriter<Formats.Protos.ObjectBatch> output, CancellationToken cancellationToken)
    {
        ObjectBatchWriter writer = new(output);
        ObjectId?[] roots = await TreeRoots.ResolveAsync(store, query.Roots, cancellationToken);
        for (int i = 0; i < roots.Length; i++)
        {
            if (roots[i] is null && !(query.Differing && query.Roots[i].IsNull))
            {
                throw new RpcException(RpcStatusCode.NotFound, $"{query.Roots[i]} is not on this server; push or import it first, or pull to learn what is here.");
            }
        }

        await (query.Differing
            ? new TreePairWalk(store, query.LevelsMax, writer).RunAsync(roots, query.Filter, cancellationToken)
            : new TreeWalk(store, query, writer).RunAsync(roots, cancellationToken));
        await writer.FlushAsync(cancellationToken);
    }

    private async Task RunAsync(ObjectId?[] roots, CancellationToken cancellationToken)
    {
        ObjectId[] haves = [.. (await TreeRoots.ResolveAsync(store, query.Haves, cancellationToken)).OfType<ObjectId>().Distinct()];
        _held.UnionWith(haves);
        foreach (ObjectId? root in roots)
        {
            Visit(root!.Value, query.Filter, haves);
        }

        for (int level = 0; _nextLevel.Count > 0; level++)
        {
            List<Node> nodes = _nextLevel;
            _nextLevel = [];
            for (int start = 0; start < nodes.Count;)
            {
                start += await ReadAsync(nodes, start, isLast: level == query.LevelsMax, cancellationToken);
            }
        }
    }

    /// <summary>Reads and sends nodes from <paramref name="start"/> on, as many as one read takes; their children go to the next level.</summary>
    private async Task<int> ReadAsync(List<Node> nodes, int start, bool isLast, CancellationToken cancellationToken)
    {
        List<ObjectId> ids = [];
        int count = 0;
        for (; start + count < nodes.Count; count++)
        {
            Node node = nodes[start + count];
            int needed = 1 + node.Haves.Length;
            if (ids.Count > 0 && ids.Count + needed > ReadIdsMax)
            {
                break;
            }

            ids.Add(node.Id);
            ids.AddRange(isLast ? s_none : node.Haves);
        }

        using ObjectBatch batch = await store.GetAsync(ids.ToArray(), cancellationToken);
        int at = 0;
        for (int i = 0; i < count; i++)
        {
            Node node = nodes[start + i];
            int envelopeAt = at++;
            int havesAt = at;
            at += isLast ? 0 : node.Haves.Length;
            if (_sent.Add(node.Id))
            {
                await writer.AddAsync(node.Id, ByteString.CopyFrom(batch[envelopeAt]), cancellationToken);
            }

            if (!isLast && batch.IsPresent(envelopeAt))
            {
                Dictionary<string, List<ObjectId>>? held = node.Haves.Length == 0 ? null : ReadHeld(batch, havesAt, node.Haves.Length);
                Expand(batch[envelopeAt], node, held);
            }
        }

        return count;
    }

    /// <summary>The directories of the client's trees at one path, by name.</summary>
    private Dictionary<string, List<ObjectId>> ReadHeld(ObjectBatch batch, int first, int count)
    {
        Dictionary<string, List<ObjectId>> held = new(StringComparer.Ordinal);
        for (int i = first; i < first + count; i++)
        {
            if (!batch.IsPresent(i))
            {
                continue;
            }

            TreeReader reader = new(DecodeTree(batch[i]));
            while (reader.MoveNext())
            {
                if (!reader.Current.Mode.IsDirectory())
                {
                    continue;
                }

                _held.Add(reader.Current.Id);
                ref List<ObjectId>? ids = ref CollectionsMarshal.GetValueRefOrAddDefault(held, TreeNames.ToKey(reader.Current.Name), out _);
                ids ??= [];
                if (!ids.Contains(reader.Current.Id))
                {
                    ids.Add(reader.Current.Id);
                }
            }
        }

        CheckVisited();
        return held;
    }

    private void Expand(ReadOnlySpan<byte> envelope, Node node, Dictionary<string, List<ObjectId>>? held)
    {
        TreeReader reader = new(DecodeTree(envelope));
        while (reader.MoveNext())
        {
            TreeEntry entry = reader.Current;
            if (!entry.Mode.IsDirectory() || node.Filter.Below(entry.Name) is not { } filter)
            {
                continue;
            }

            ObjectId[] haves = held is not null && held.TryGetValue(TreeNames.ToKey(entry.Name), out List<ObjectId>? ids) ? [.. ids] : s_none;
            Visit(entry.Id, filter, haves);
        }
    }

    private void Visit(ObjectId id, PathFilter filter, ObjectId[] haves)
    {
        if (_held.Contains(id) || _visited.Contains((id, PathFilter.All)) || !_visited.Add((id, filter)))
        {
            return;
        }

        CheckVisited();
        _nextLevel.Add(new Node(id, filter, haves));
    }

    private void CheckVisited()
    {
        if (_visited.Count + _held.Count > VisitedMax)
        {
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"the request visits more than {VisitedMax} trees; ask for fewer roots, for paths, or to a depth.");
        }
    }

    internal static byte[] DecodeTree(ReadOnlySpan<byte> envelope)
    {
        byte[] body = ObjectEnvelope.Decode(envelope, out ObjectKind kind);
        return kind == ObjectKind.Tree ? body : throw new CorruptObjectException($"A directory names a {kind.ToName()}.");
    }

    private readonly record struct Node(ObjectId Id, PathFilter Filter, ObjectId[] Haves);
}
