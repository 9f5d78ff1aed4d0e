using Monorepo.Core;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// Takes what one side put into a directory that the other side renamed to that directory's new place. The rules are those of git
/// (https://git-scm.com/docs/directory-rename-detection): a directory that is gone was renamed to the one that got most of its files; nothing is moved onto what
/// stands there already, nor several files to one place, nor into a directory that the same side renamed away. Not thread-safe.
/// </summary>
/// <param name="entries">Moved files go to other paths.</param>
/// <param name="trees">By side.</param>
/// <param name="renames">By side; none for the base.</param>
/// <param name="notes">Told of what is moved, and of what can't be.</param>
/// <param name="isDisputed">Moved files are conflicts.</param>
internal sealed class DirectoryRenameMerge(Dictionary<byte[], MergeEntry> entries, SideTree[] trees, SideRenames[] renames, MergeNotes notes, bool isDisputed)
{
    // By side and old path.
    private readonly Dictionary<byte[], byte[]>[] _directories = [NewPaths(), NewPaths(), NewPaths()];
    private readonly Dictionary<byte[], byte[]>[] _moved = [NewPaths(), NewPaths(), NewPaths()];

    /// <summary>Something was left where it was, but that should be looked at.</summary>
    public bool IsUndecided { get; private set; }

    public async Task MergeAsync(CancellationToken cancellationToken)
    {
        Decide();
        List<Move>[] moves = [[], FindMoves(MergeEntry.Ours), FindMoves(MergeEntry.Theirs)];
        ILookup<byte[], Move>[] targets = [.. moves.Select(static m => m.ToLookup(static m => m.New, BytesComparer.Instance))];
        for (int side = MergeEntry.Ours; side <= MergeEntry.Theirs; side++)
        {
            foreach (IGrouping<byte[], Move> target in targets[side])
            {
                Move[] wanted = [.. target.Where(m => !targets[3 - side].Contains(m.Old) && !IsRenamedAway(m, side))];
                if (wanted.Length > 0)
                {
                    await MoveAsync(side, target.Key, wanted, [.. target], cancellationToken);
                }
            }
        }
    }

    /// <summary>The renames to be merged: those that matter by themselves, and those of moved files, to where these are now.</summary>
    /// <returns>By old path, ours before theirs.</returns>
    public List<MergeRename> FindRenames()
    {
        List<MergeRename> found = [];
        for (int side = MergeEntry.Ours; side <= MergeEntry.Theirs; side++)
        {
            foreach (MergeRename rename in renames[side].Files)
            {
                byte[]? moved = _moved[side].GetValueOrDefault(rename.New);
                if (moved is not null && !entries.ContainsKey(rename.Old))
                {
                    // In a directory that the other side left as it was.
                    TreeSide[] sides = [rename.Before, rename.Before, rename.Before];
                    sides[side] = default;
                    entries.Add(rename.Old, new MergeEntry(rename.Old, sides));
                }

                if (moved is not null || rename.IsWanted)
                {
                    found.Add(moved is null ? rename : rename with { New = moved });
                }
            }
        }

        return [.. found.OrderBy(static r => r.Old, BytesComparer.Instance)];
    }

    private static Dictionary<byte[], byte[]> NewPaths() => new(BytesComparer.Instance);

    private void Decide()
    {
        for (int side = MergeEntry.Ours; side <= MergeEntry.Theirs; side++)
        {
            foreach ((byte[] old, byte[]? place) in renames[side].Directories)
            {
                if (place is null)
                {
                    notes.DirectorySplit(old);
                    IsUndecided = true;
                }
                else
                {
                    _directories[side].Add(old, place);
                }
            }
        }

        // Both sides moved it: neither has anything left in it to be moved.
        foreach (byte[] both in _directories[MergeEntry.Ours].Keys.Where(_directories[MergeEntry.Theirs].ContainsKey).ToArray())
        {
            _directories[MergeEntry.Ours].Remove(both);
            _directories[MergeEntry.Theirs].Remove(both);
        }
    }

    // Of files that one side has added: where the other side's directories are now.
    private List<Move> FindMoves(int side)
    {
        Dictionary<byte[], byte[]> directories = _directories[3 - side];
        List<Move> moves = [];
        foreach (MergeEntry entry in directories.Count == 0 ? [] : entries.Values.Where(e => e.IsOnly(side)))
        {
            for (byte[] directory = entry.Path; directory.Length > 0;)
            {
                directory = WorkingPath.Split(directory, out _).ToArray();
                if (directories.TryGetValue(directory, out byte[]? place))
                {
                    moves.Add(new Move(entry.Path, TreePaths.Join(place, entry.Path.AsSpan(directory.Length + 1)), directory, place));
                    break;
                }
            }
        }

        return [.. moves.OrderBy(static m => m.Old, BytesComparer.Instance)];
    }

    // The file would only follow that directory again.
    private bool IsRenamedAway(Move move, int side)
    {
        bool isAway = _directories[side].ContainsKey(move.NewDirectory);
        if (isAway)
        {
            notes.DirectoryRenamedAgain(move.Old, move.OldDirectory, move.NewDirectory);
        }

        return isAway;
    }

    private async Task MoveAsync(int side, byte[] target, Move[] wanted, Move[] all, CancellationToken cancellationToken)
    {
        if (await IsInWayAsync(side, target, wanted[0].NewDirectory, cancellationToken))
        {
            notes.DirectoryRenameInWay(target, all.Select(static m => m.Old));
            IsUndecided = true;
            return;
        }

        if (all.Length > 1)
        {
            notes.DirectoryRenameCollides(target, all.Select(static m => m.Old));
            IsUndecided = true;
            return;
        }

        MergeEntry moved = entries[wanted[0].Old];
        if (!entries.TryGetValue(target, out MergeEntry? there))
        {
            TreeSide[] sides = await FindAsync(target, cancellationToken);
            entries.Add(target, there = new MergeEntry(target, sides));
            if (sides.All(static s => s.IsAbsent))
            {
                moved.Names.CopyTo(there.Names, 0);
            }
        }

        there.Sides[side] = moved.Sides[side];
        there.Names[side] = moved.Names[side];
        there.IsPathDisputed |= isDisputed;
        entries.Remove(moved.Path);
        _moved[side].Add(moved.Path, target);
        notes.DirectoryRenamed(moved.Path, target, renames[side].FindSource(moved.Path), side, isDisputed);
    }

    // The side has something there, or the path leads through what no side but by this move makes a directory.
    private async ValueTask<bool> IsInWayAsync(int side, byte[] target, byte[] directory, CancellationToken cancellationToken)
    {
        if (!(await trees[side].FindAsync(target, cancellationToken)).IsAbsent)
        {
            return true;
        }

        for (byte[] above = WorkingPath.Split(target, out _).ToArray(); above.Length > directory.Length; above = WorkingPath.Split(above, out _).ToArray())
        {
            MergeEntry there = new(above, await FindAsync(above, cancellationToken));
            if (there.FileMask > 1 && there.DirectoryMask == 0)
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<TreeSide[]> FindAsync(byte[] path, CancellationToken cancellationToken)
    {
        TreeSide[] sides = new TreeSide[trees.Length];
        for (int side = 0; side < sides.Length; side++)
        {
            sides[side] = await trees[side].FindAsync(path, cancellationToken);
        }

        return sides;
    }

    /// <summary>A file that is to follow a directory.</summary>
    private sealed record Move(byte[] Old, byte[] New, byte[] OldDirectory, byte[] NewDirectory);
}
