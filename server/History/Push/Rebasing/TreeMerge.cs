using System.Text;
using Monorepo.Core;
using Monorepo.History.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.History.Push.Rebasing;

/// <summary>Reads trees by id, as many as asked in the same order. Those asked must be there.</summary>
internal delegate ValueTask<byte[][]> TreeReads(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken);

/// <summary>
/// Merges trees three ways by difference: only directories that both sides changed are opened. A file is merged when one side left it as it
/// was, or both made the same of it; contents are never merged, and renames are seen as what they are in trees: one name gone, another come.
/// Not thread-safe.
/// </summary>
/// <param name="read">Where trees come from; asked for trees made by this merge too, if they were put where it reads.</param>
/// <param name="names">Told of each name that theirs brings into a directory both changed; says whether it may stand there.</param>
internal sealed class TreeMerge(TreeReads read, Func<IReadOnlyCollection<string>, string, bool>? names = null)
{
    /// <summary>Conflicts told; the first hundred say enough.</summary>
    public const int ConflictsMax = 100;

    /// <summary>Directories in directories; no file system takes as many.</summary>
    private const int DepthMax = 2_048;

    private readonly List<string> _conflicts = [];

    /// <summary>Trees made, by id.</summary>
    public Dictionary<ObjectId, byte[]> Made { get; } = [];

    /// <summary>Paths that both sides changed, in Latin-1 (each char is a byte), at most <see cref="ConflictsMax"/>.</summary>
    public IReadOnlyList<string> Conflicts => _conflicts;

    /// <returns>The merged root; meaningless when there are conflicts.</returns>
    public async Task<ObjectId> MergeAsync(ObjectId fork, ObjectId ours, ObjectId theirs, CancellationToken cancellationToken)
    {
        if (fork == theirs || ours == theirs)
        {
            return ours;
        }

        return fork == ours ? theirs : await OpenAsync(fork, ours, theirs, "", 0, cancellationToken) ?? Add([]);
    }

    /// <summary>Merges directories; null is one that is not there, which is the same as an empty one.</summary>
    private async Task<ObjectId?> OpenAsync(
        ObjectId? fork, ObjectId? ours, ObjectId? theirs, string path, int depth, CancellationToken cancellationToken)
    {
        if (depth > DepthMax)
        {
            Conflict(path);
            return ours;
        }

        byte[][] bodies = await read([.. new[] { ours, theirs, fork }.OfType<ObjectId>()], cancellationToken);
        int next = 0;
        Dictionary<string, Entry> merged = Read(ours, bodies, ref next);
        Dictionary<string, Entry> their = Read(theirs, bodies, ref next);
        Dictionary<string, Entry> common = Read(fork, bodies, ref next);
        bool isChanged = false;
        foreach (string name in their.Keys.Union(common.Keys, StringComparer.Ordinal))
        {
            Entry? was = Find(common, name);
            Entry? wanted = Find(their, name);
            Entry? here = Find(merged, name);
            Entry? result = await MergeAsync(was, here, wanted, path + name, depth, cancellationToken);
            if (result == here)
            {
                continue;
            }

            isChanged = true;
            if (result is not { } entry)
            {
                merged.Remove(name);
                continue;
            }

            if (here is null && names?.Invoke(merged.Keys, name) == false)
            {
                Conflict(path + name);
            }

            merged[name] = entry;
        }

        return merged.Count == 0 ? null : isChanged ? Add(merged) : ours;
    }

    private async ValueTask<Entry?> MergeAsync(
        Entry? was, Entry? here, Entry? wanted, string path, int depth, CancellationToken cancellationToken)
    {
        if (wanted == was || wanted == here)
        {
            return here;
        }

        if (here == was)
        {
            return wanted;
        }

        // A name may be a file on one side and a directory on another; each of the two is merged by itself, and one of them may be left.
        Entry? file = MergeFile(File(was), File(here), File(wanted), path);
        ObjectId? directory = await MergeDirectoryAsync(Directory(was), Directory(here), Directory(wanted), path, depth, cancellationToken);
        if (directory is not { } id)
        {
            return file;
        }

        if (file is not null)
        {
            Conflict(path);
        }

        return new Entry(FileMode.Directory, id);
    }

    private Entry? MergeFile(Entry? was, Entry? here, Entry? wanted, string path)
    {
        if (wanted != was && wanted != here && here != was)
        {
            Conflict(path);
        }

        return wanted == was ? here : wanted;
    }

    private async ValueTask<ObjectId?> MergeDirectoryAsync(
        ObjectId? was, ObjectId? here, ObjectId? wanted, string path, int depth, CancellationToken cancellationToken)
    {
        if (wanted == was || wanted == here)
        {
            return here;
        }

        return here == was ? wanted : await OpenAsync(was, here, wanted, path + "/", depth + 1, cancellationToken);
    }

    private static Entry? File(Entry? entry) => entry is { IsDirectory: false } ? entry : null;

    private static ObjectId? Directory(Entry? entry) => entry is { IsDirectory: true } directory ? directory.Id : null;

    private void Conflict(string path)
    {
        if (_conflicts.Count < ConflictsMax)
        {
            _conflicts.Add(path);
        }
    }

    private ObjectId Add(Dictionary<string, Entry> entries)
    {
        TreeBuilder builder = new();
        foreach ((string name, Entry entry) in entries)
        {
            builder.Add(entry.Mode, Encoding.Latin1.GetBytes(name), entry.Id);
        }

        byte[] body = builder.Build();
        ObjectId id = ObjectHasher.Hash(ObjectKind.Tree, body);
        Made.TryAdd(id, body);
        return id;
    }

    private static Dictionary<string, Entry> Read(ObjectId? tree, byte[][] bodies, ref int next)
    {
        Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
        if (tree is null)
        {
            return entries;
        }

        byte[] body = bodies[next++];
        TreeReader reader = new(body);
        while (reader.MoveNext())
        {
            // Of a name that stands twice in an old tree the last one counts; git reads such trees no better.
            entries[TreeNames.ToKey(reader.Current.Name)] = new Entry(reader.Current.Mode, reader.Current.Id);
        }

        return entries;
    }

    private static Entry? Find(Dictionary<string, Entry> entries, string name) => entries.TryGetValue(name, out Entry entry) ? entry : null;

    private readonly record struct Entry(FileMode Mode, ObjectId Id)
    {
        public bool IsDirectory => Mode.IsDirectory();
    }
}
