using Monorepo.Core;
using Monorepo.Workspace.History;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Paths;

/// <summary>What a path names in every commit up to a position: the history with the entry at each change. Not thread-safe.</summary>
public sealed class PathVersions
{
    private readonly FirstParents _sources;
    private readonly Dictionary<int, (FileMode Mode, ObjectId Id)> _entries;

    internal PathVersions(CommitLog log, PathChanges changes, Dictionary<int, (FileMode Mode, ObjectId Id)> entries, int newest)
    {
        Changes = changes;
        Newest = newest;
        _entries = entries;
        _sources = new FirstParents(log, changes);
    }

    public PathChanges Changes { get; }

    /// <summary>The highest position that may be asked about.</summary>
    public int Newest { get; }

    /// <summary>The commit that a commit's entry comes from, down its first parents; -1 where the path was never there.</summary>
    public int SourceOf(int position) => _sources.SourceOf(position);

    /// <summary>Mode None where the path names nothing.</summary>
    public (FileMode Mode, ObjectId Id) EntryAt(int position) => _entries.GetValueOrDefault(SourceOf(position));

    /// <summary>The ids that the path named, newest first, from a position down; ids may come again.</summary>
    public IEnumerable<ObjectId> IdsFrom(int position) =>
        Changes.Positions.SkipWhile(p => p > position).Select(p => _entries[p]).Where(e => e.Mode.HasBlob()).Select(e => e.Id);
}
