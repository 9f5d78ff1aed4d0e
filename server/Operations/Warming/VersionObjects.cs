using System.Runtime.CompilerServices;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.Operations.Warming;

/// <summary>
/// The files and directories of versions: all of those the tips have, and with a depth those that the newest commits behind them made. Streams in
/// bounded memory: an object may come more than once. Not thread-safe; each enumeration begins anew.
/// </summary>
internal sealed class VersionObjects(IRepository repository, IReadOnlyList<ObjectId> tips, int depth, PathChoice paths) : IWarmSet
{
    public const int DepthMax = 1_000_000;

    /// <summary>Directories read at a time; each with those it is compared to.</summary>
    private const int DirectoriesPerRead = 128;

    /// <summary>Objects given at a time.</summary>
    private const int ObjectsPerBatch = 4_096;

    /// <summary>Versions one is compared to: parents of a merge, or the tips before.</summary>
    private const int BasesMax = 8;

    // 5 MiB each.
    private const int RecentSlots = 1 << 18;

    private static readonly ObjectId[] s_noBases = [];

    private readonly IObjectStore _store = repository.Objects;

    public async IAsyncEnumerable<IReadOnlyList<ObjectId>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Walk walk = new(_store, paths, new RecentIds(RecentSlots), new RecentIds(RecentSlots));
        List<ObjectId> trees = [];
        foreach (ObjectId tip in tips)
        {
            if (await ReadCommitAsync(tip, cancellationToken) is not { } commit)
                continue;
            await foreach (IReadOnlyList<ObjectId> objects in walk.ReadAsync(commit.Tree, [.. trees.TakeLast(BasesMax)], cancellationToken))
                yield return objects;
            trees.Add(commit.Tree);
        }

        if (depth == 0)
            yield break;
        await foreach (Commit commit in NewestFirstAsync(cancellationToken))
        {
            List<ObjectId> bases = [];
            foreach (ObjectId parent in commit.Parents.Distinct().Take(BasesMax))
            {
                if (await ReadCommitAsync(parent, cancellationToken) is { } read)
                    bases.Add(read.Tree);
            }

            await foreach (IReadOnlyList<ObjectId> objects in walk.ReadAsync(commit.Tree, [.. bases], cancellationToken))
                yield return objects;
        }
    }

    private async IAsyncEnumerable<Commit> NewestFirstAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PriorityQueue<ObjectId, long> open = new();
        HashSet<ObjectId> seen = [];
        await OpenAsync(tips);
        for (int done = 0; done < depth && open.TryDequeue(out ObjectId id, out _); done++)
        {
            if (await ReadCommitAsync(id, cancellationToken) is not { } commit)
                continue;
            await OpenAsync(commit.Parents);
            yield return commit;
        }

        async Task OpenAsync(IReadOnlyList<ObjectId> ids)
        {
            ObjectId[] added = [.. ids.Where(seen.Add)];
            IReadOnlyList<long?> positions = await repository.History.FindAsync(added, cancellationToken);
            for (int i = 0; i < added.Length; i++)
            {
                if (positions[i] is { } position)
                    open.Enqueue(added[i], -position);
            }
        }
    }

    private async Task<Commit?> ReadCommitAsync(ObjectId id, CancellationToken cancellationToken)
    {
        using ObjectBatch batch = await _store.GetAsync((ObjectId[])[id], cancellationToken);
        if (!batch.IsPresent(0))
            return null;
        byte[] body = ObjectEnvelope.Decode(batch[0], out ObjectKind kind);
        return kind == ObjectKind.Commit ? Commit.Parse(body) : throw new CorruptObjectException($"{id} stands for a commit and is a {kind.ToName()}.");
    }

    /// <summary>Reads trees depth first, so that what waits is bounded by the directories on the way and not by the tree.</summary>
    private sealed class Walk(IObjectStore store, PathChoice paths, RecentIds recentTrees, RecentIds recentObjects)
    {
        private readonly Stack<Directory> _open = new();
        private List<ObjectId> _objects = [];

        /// <summary>What a tree has, itself included, and none of the others has at the same path.</summary>
        public async IAsyncEnumerable<IReadOnlyList<ObjectId>> ReadAsync(
            ObjectId tree, ObjectId[] bases, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Open(tree, bases, "");
            while (_open.Count > 0)
            {
                List<Directory> directories = [];
                while (directories.Count < DirectoriesPerRead && _open.TryPop(out Directory next))
                    directories.Add(next);
                await ExpandAsync(directories, cancellationToken);
                if (_objects.Count < ObjectsPerBatch)
                    continue;
                yield return _objects;
                _objects = [];
            }

            if (_objects.Count > 0)
                yield return _objects;
            _objects = [];
        }

        private async Task ExpandAsync(List<Directory> directories, CancellationToken cancellationToken)
        {
            ObjectId[] ids = [.. directories.SelectMany(static d => d.Bases.Prepend(d.Tree))];
            using ObjectBatch batch = await store.GetAsync(ids, cancellationToken);
            int at = 0;
            foreach (Directory directory in directories)
            {
                Dictionary<string, List<ObjectId>>? others = null;
                for (int i = 0; i < directory.Bases.Length; i++)
                    Collect(Decode(batch, at + 1 + i), others ??= new(StringComparer.Ordinal));
                Expand(directory, Decode(batch, at), others);
                at += 1 + directory.Bases.Length;
            }
        }

        private void Expand(Directory directory, byte[] body, Dictionary<string, List<ObjectId>>? others)
        {
            foreach (TreeEntry entry in new TreeReader(body))
            {
                List<ObjectId>? same = others?.GetValueOrDefault(KeyOf(entry.Name));
                if (same?.Contains(entry.Id) == true)
                    continue;
                if (entry.Mode.IsDirectory())
                    Open(entry.Id, same is null ? s_noBases : [.. same], paths.IsAll ? "" : Join(directory.Path, entry.Name));
                else if (entry.Mode.HasBlob() && (paths.IsAll || paths.IsMatch(Join(directory.Path, entry.Name))))
                    Give(entry.Id);
            }
        }

        private void Open(ObjectId tree, ObjectId[] bases, string path)
        {
            if (bases.Contains(tree) || !paths.MayMatchIn(path))
                return;

            // A tree that is compared gives less than the whole, and one at another path may match otherwise.
            if (bases.Length == 0 && paths.IsAll && !recentTrees.Add(tree))
                return;
            Give(tree);
            _open.Push(new Directory(tree, bases, path));
        }

        private void Give(in ObjectId id)
        {
            if (recentObjects.Add(id))
                _objects.Add(id);
        }

        private static void Collect(byte[] body, Dictionary<string, List<ObjectId>> names)
        {
            foreach (TreeEntry entry in new TreeReader(body))
            {
                string key = KeyOf(entry.Name);
                if (!names.TryGetValue(key, out List<ObjectId>? ids))
                    names.Add(key, ids = []);
                ids.Add(entry.Id);
            }
        }

        // A name that stood for a file in one version may stand for a directory in another: what is compared to is only read where it is a tree.
        private static byte[] Decode(ObjectBatch batch, int index)
        {
            if (!batch.IsPresent(index) || ObjectEnvelope.ReadHeader(batch[index]).Kind != ObjectKind.Tree)
                return [];
            return ObjectEnvelope.Decode(batch[index], out _);
        }

        // Bytes in no promised encoding, each as one character.
        private static string KeyOf(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);

        private static string Join(string directory, ReadOnlySpan<byte> name) =>
            directory.Length == 0 ? Encoding.UTF8.GetString(name) : $"{directory}/{Encoding.UTF8.GetString(name)}";

        private readonly record struct Directory(ObjectId Tree, ObjectId[] Bases, string Path);
    }
}
