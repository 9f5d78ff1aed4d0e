using System.Runtime.InteropServices;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Intake;
using Monorepo.History.Trees;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Push.Closure;

/// <summary>
/// Walks trees beside trees that are known to be whole, and opens only directories that differ: what a push costs is what it changes.
/// A whole tree vouches for every directory met in it, so a directory that moved is not opened either.
/// </summary>
/// <remarks>
/// Trees of the push are opened first. Those that are only in the store are put off until then, because what the rest of the level shows may
/// vouch for them; what nothing vouches for is walked to its end.
/// </remarks>
internal sealed class ConnectivityWalk(TreeBodies trees, IObjectStore store, ObjectSpool spool, PushLimits limits)
{
    /// <summary>Blobs looked up in one go.</summary>
    private const int BlobsMax = 16_384;

    private static readonly ObjectId[] s_none = [];

    private readonly HashSet<ObjectId> _whole = [];
    private readonly Dictionary<ObjectId, string> _blobs = [];
    private List<Node> _pushed = [];
    private List<Node> _stored = [];
    private long _entries;
    private string _root = "";

    /// <summary>Objects of the push that the trees need.</summary>
    public HashSet<ObjectId> Reached { get; } = [];

    /// <summary>Notes an object of the push as needed.</summary>
    public void AddReached(ObjectId id)
    {
        if (spool.KindOf(id) is not null)
        {
            Reached.Add(id);
        }
    }

    public void AddBlob(ObjectId id) => AddReached(id);

    /// <param name="root">A tree that must be whole.</param>
    /// <param name="wholeRoots">Trees that are, or were added before.</param>
    /// <param name="what">Whose tree it is, for messages.</param>
    /// <param name="cancellationToken">Ends the push.</param>
    public async Task AddTreeAsync(ObjectId root, ObjectId[] wholeRoots, string what, CancellationToken cancellationToken)
    {
        _root = what;
        _whole.UnionWith(wholeRoots);
        uint directory = ObjectLocality.RootDirectory;
        Visit(new Node(root, wholeRoots, "", directory), ObjectLocality.Of(ObjectKind.Tree, directory, default));
        while (_pushed.Count > 0 || _stored.Count > 0)
        {
            List<Node> level;
            if (_pushed.Count > 0)
            {
                (level, _pushed) = (_pushed, []);
            }
            else
            {
                level = [.. _stored.Where(node => _whole.Add(node.Id))];
                _stored = [];
            }

            foreach (Node[] slice in level.Chunk(TreeBodies.IdsMax / 2))
            {
                await OpenAsync(slice, cancellationToken);
            }
        }
    }

    /// <summary>Checks the blobs still to be looked up. Call it once, after all trees.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (ObjectId[] ids in _blobs.Keys.Chunk(IObjectStore.IdsMax))
        {
            IReadOnlyList<ObjectHeader?> headers = await store.GetHeadersAsync(ids, cancellationToken);
            for (int i = 0; i < ids.Length; i++)
            {
                ObjectHeader header = headers[i] ?? throw Missing(ids[i], "blob", _blobs[ids[i]]);
                ExpectKind(ids[i], header.Kind, ObjectKind.Blob, _blobs[ids[i]]);
            }
        }

        _blobs.Clear();
    }

    private async Task OpenAsync(Node[] nodes, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, byte[]> bodies = await trees.ReadAsync([.. nodes.SelectMany(n => n.Whole.Prepend(n.Id))], cancellationToken);

        // All that is whole is noted first, so that it can vouch for any of the nodes.
        WholeDirectory[] whole = [.. nodes.Select(n => ReadWhole(n, bodies))];
        for (int i = 0; i < nodes.Length; i++)
        {
            byte[] body = bodies.GetValueOrDefault(nodes[i].Id) ?? throw Missing(nodes[i].Id, "tree", $"{_root}, '{nodes[i].Path}/'");
            Expand(nodes[i], body, whole[i]);
        }

        if (_blobs.Count >= BlobsMax)
        {
            await FinishAsync(cancellationToken);
        }
    }

    private WholeDirectory ReadWhole(Node node, Dictionary<ObjectId, byte[]> bodies)
    {
        WholeDirectory directory = new([], new Dictionary<string, List<ObjectId>>(StringComparer.Ordinal));
        foreach (ObjectId id in node.Whole)
        {
            TreeReader reader = new(bodies.GetValueOrDefault(id) ?? throw new CorruptObjectException($"Tree {id} of a commit in the log is not stored."));
            while (reader.MoveNext())
            {
                Count();
                TreeEntry entry = reader.Current;
                if (!entry.Mode.IsDirectory())
                {
                    directory.Files.Add(entry.Id);
                    continue;
                }

                _whole.Add(entry.Id);
                ref List<ObjectId>? ids = ref CollectionsMarshal.GetValueRefOrAddDefault(directory.Directories, TreeNames.ToKey(entry.Name), out _);
                (ids ??= []).Add(entry.Id);
            }
        }

        return directory;
    }

    private void Expand(Node node, byte[] body, WholeDirectory whole)
    {
        TreeReader reader = new(body);
        while (reader.MoveNext())
        {
            Count();
            TreeEntry entry = reader.Current;
            if (entry.Mode.Kind() == EntryKind.Submodule)
            {
                continue;
            }

            if (!entry.Mode.IsDirectory())
            {
                if (!whole.Files.Contains(entry.Id))
                {
                    VisitBlob(entry.Id, node, entry.Name);
                }
            }
            else if (!_whole.Contains(entry.Id))
            {
                ObjectId[] beside = whole.Directories.TryGetValue(TreeNames.ToKey(entry.Name), out List<ObjectId>? ids) ? [.. ids.Distinct()] : s_none;
                Visit(
                    new Node(entry.Id, beside, PathOf(node, entry.Name), ObjectLocality.Enter(node.Directory, entry.Name)),
                    ObjectLocality.Of(ObjectKind.Tree, node.Directory, entry.Name));
            }
        }
    }

    private void Visit(Node node, ObjectLocality locality)
    {
        if (_whole.Contains(node.Id))
        {
            return;
        }

        if (spool.KindOf(node.Id) is not { } kind)
        {
            _stored.Add(node);
            return;
        }

        ExpectKind(node.Id, kind, ObjectKind.Tree, $"{_root}, '{node.Path}/'");

        // Not checked yet, but nothing is kept of the push unless all of it was.
        _whole.Add(node.Id);
        Reached.Add(node.Id);
        spool.NoteLocality(node.Id, locality);
        _pushed.Add(node);
    }

    private void VisitBlob(ObjectId id, Node node, ReadOnlySpan<byte> name)
    {
        if (Reached.Contains(id) || _blobs.ContainsKey(id))
        {
            return;
        }

        string place = $"{_root}, '{PathOf(node, name)}'";
        if (spool.KindOf(id) is { } kind)
        {
            ExpectKind(id, kind, ObjectKind.Blob, place);
            Reached.Add(id);
            spool.NoteLocality(id, ObjectLocality.Of(ObjectKind.Blob, node.Directory, name));
        }
        else
        {
            _blobs.Add(id, place);
        }
    }

    private void Count()
    {
        if (++_entries > limits.EntriesVisitedMax)
        {
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"to check the push takes more than {limits.EntriesVisitedMax} tree entries; push in several steps.");
        }
    }

    private static string PathOf(Node node, ReadOnlySpan<byte> name)
    {
        string last = Encoding.UTF8.GetString(name);
        return node.Path.Length == 0 ? last : $"{node.Path}/{last}";
    }

    private static void ExpectKind(ObjectId id, ObjectKind actual, ObjectKind expected, string place)
    {
        if (actual != expected)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"{place} names {id} as a {expected.ToName()}, and it is a {actual.ToName()}.");
        }
    }

    private static RpcException Missing(ObjectId id, string kind, string place) => new(
        RpcStatusCode.FailedPrecondition, $"{place} needs {kind} {id}, which is neither in the push nor on the server; push it too.");

    /// <param name="Id">The tree to open.</param>
    /// <param name="Whole">Trees at the same path that are whole.</param>
    /// <param name="Path">Without slashes at its ends; empty for the root. For messages only.</param>
    /// <param name="Directory">The path for the localities of what is in it.</param>
    private readonly record struct Node(ObjectId Id, ObjectId[] Whole, string Path, uint Directory);

    /// <summary>What the whole trees at one path hold: files by id, directories by name.</summary>
    private readonly record struct WholeDirectory(HashSet<ObjectId> Files, Dictionary<string, List<ObjectId>> Directories);
}
