using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.PathHistory.Queries;

/// <summary>What a path names in a commit.</summary>
/// <param name="Mode">None where it names nothing.</param>
/// <param name="Id">The null id where it names nothing.</param>
public readonly record struct PathEntry(FileMode Mode, ObjectId Id);

/// <summary>Resolves one path in many commits: the trees on the way are read level by level, each once.</summary>
public static class PathEntryReader
{
    /// <summary>Commits resolved together; bounds the trees in memory.</summary>
    private const int SliceMax = 512;

    /// <param name="repository">Where.</param>
    /// <param name="path">Names joined by slashes; the root is empty.</param>
    /// <param name="positions">Of commits in the log.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <returns>An entry for each position.</returns>
    /// <exception cref="CorruptObjectException">A tree on the way is damaged. One that is missing hides what is below it.</exception>
    public static async ValueTask<List<PathEntry>> ReadAsync(
        IRepository repository, ReadOnlyMemory<byte> path, IReadOnlyList<long> positions, CancellationToken cancellationToken)
    {
        List<PathEntry> entries = new(positions.Count);
        foreach (long[] slice in positions.Chunk(SliceMax))
        {
            PathEntry[] at = new PathEntry[slice.Length];
            for (int i = 0; i < at.Length; i++)
            {
                IReadOnlyList<LogEntry> commit = await repository.History.ReadAsync(slice[i], 1, 1, cancellationToken);
                at[i] = new PathEntry(FileMode.Directory, Commit.Parse(commit[0].Body).Tree);
            }

            await DescendAsync(repository.Objects, path, at, cancellationToken);
            entries.AddRange(at);
        }

        return entries;
    }

    /// <summary>The directory's entries in the tree's order; null where the path names no directory in that commit.</summary>
    /// <exception cref="CorruptObjectException">A tree on the way is damaged.</exception>
    public static async ValueTask<List<(byte[] Name, PathEntry Entry)>?> ListAsync(
        IRepository repository, ReadOnlyMemory<byte> directory, long position, CancellationToken cancellationToken)
    {
        PathEntry found = (await ReadAsync(repository, directory, [position], cancellationToken))[0];
        if (!found.Mode.IsDirectory())
            return null;

        Dictionary<ObjectId, byte[]> trees = await LoadAsync(repository.Objects, [found.Id], cancellationToken);
        List<(byte[], PathEntry)> entries = [];
        TreeReader reader = new(trees.GetValueOrDefault(found.Id));
        while (reader.MoveNext())
            entries.Add((reader.Current.Name.ToArray(), new PathEntry(reader.Current.Mode, reader.Current.Id)));
        return entries;
    }

    private static async ValueTask DescendAsync(IObjectStore store, ReadOnlyMemory<byte> path, PathEntry[] at, CancellationToken cancellationToken)
    {
        for (ReadOnlyMemory<byte> rest = path; !rest.IsEmpty;)
        {
            int slash = rest.Span.IndexOf((byte)'/');
            ReadOnlyMemory<byte> name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? default : rest[(slash + 1)..];
            Dictionary<ObjectId, byte[]> trees = await LoadAsync(
                store, [.. at.Where(static e => e.Mode.IsDirectory()).Select(static e => e.Id).Distinct()], cancellationToken);
            for (int i = 0; i < at.Length; i++)
                at[i] = at[i].Mode.IsDirectory() && trees.TryGetValue(at[i].Id, out byte[]? tree) ? Find(tree, name.Span) : default;
        }
    }

    private static async ValueTask<Dictionary<ObjectId, byte[]>> LoadAsync(IObjectStore store, ObjectId[] ids, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, byte[]> trees = new(ids.Length);
        using ObjectBatch batch = await store.GetAsync(ids, cancellationToken);
        for (int i = 0; i < ids.Length; i++)
        {
            if (!batch.IsPresent(i))
                continue;
            trees.Add(ids[i], ObjectEnvelope.Decode(batch[i], out ObjectKind kind));
            if (kind != ObjectKind.Tree)
                throw new CorruptObjectException($"A directory names {ids[i]}, which is a {kind.ToName()}.");
        }

        return trees;
    }

    private static PathEntry Find(ReadOnlySpan<byte> tree, ReadOnlySpan<byte> name)
    {
        TreeReader reader = new(tree);
        while (reader.MoveNext())
        {
            if (reader.Current.Name.SequenceEqual(name))
                return new PathEntry(reader.Current.Mode, reader.Current.Id);
        }

        return default;
    }
}
