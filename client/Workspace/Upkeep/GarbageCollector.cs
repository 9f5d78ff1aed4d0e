using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Upkeep;

/// <summary>What a clone does not need, or did not.</summary>
/// <param name="Commits">Local commits that nothing names.</param>
/// <param name="CommitBytes">What they took with their objects.</param>
/// <param name="Young">Local commits that nothing names either, and that are too young to go.</param>
/// <param name="Leftovers">Files of interrupted commands.</param>
/// <param name="LeftoverBytes">Their sizes.</param>
public sealed record CloneGarbage(IReadOnlyList<ObjectId> Commits, long CommitBytes, int Young, IReadOnlyList<string> Leftovers, long LeftoverBytes)
{
    /// <summary>A working copy that is not there now; null: all are. What it names is not known, so no commit goes.</summary>
    public string? Absent { get; init; }
}

/// <summary>
/// Removes from a clone what it does not need. Holds the clone's lock meanwhile, so no command changes anything; those that only read keep what
/// they have open. What <see cref="LocalRoots"/> names, and all its local ancestors, stays whatever its age.
/// </summary>
public static class GarbageCollector
{
    // A file that a command is writing beside its final name, without the clone's lock, is there for less.
    private static readonly TimeSpan s_leftoverAge = TimeSpan.FromHours(1);

    /// <param name="clone">Refreshed.</param>
    /// <param name="before">Commits that nothing names go if they were committed before this.</param>
    /// <param name="now">The clock.</param>
    /// <param name="isDryRun">Only tell.</param>
    /// <exception cref="CloneException"><see cref="CloneError.Locked"/>: another command is changing the clone.</exception>
    public static CloneGarbage Collect(Clone clone, DateTimeOffset before, DateTimeOffset now, bool isDryRun)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        string? absent = WorktreeList.Of(clone.Paths).FirstOrDefault(static w => !w.IsThere)?.Paths.WorkingCopy;
        (HashSet<ObjectId> garbage, int young) = absent is null ? FindUnnamed(clone, before) : ([], 0);
        IReadOnlyList<string> leftovers = FindLeftovers(clone, now);
        CloneGarbage found = new([.. clone.Local.Commits.Where(garbage.Contains)], clone.Local.MeasureOnly(garbage), young, leftovers, leftovers.Sum(static p => new FileInfo(p).Length)) { Absent = absent };
        if (!isDryRun)
        {
            clone.Local.Drop(garbage, new HashSet<RefName>(), static _ => { });
            foreach (string path in leftovers)
            {
                File.Delete(path);
            }

            clone.Refresh();
        }

        return found;
    }

    private static (HashSet<ObjectId> Garbage, int Young) FindUnnamed(Clone clone, DateTimeOffset before)
    {
        HashSet<ObjectId> needed = LocalRoots.Of(clone);
        HashSet<ObjectId> garbage = [];
        int young = 0;

        // Children before parents: what stays keeps its parents.
        foreach (ObjectId id in clone.Local.Commits.Reverse())
        {
            bool isKnown = clone.History.TryFind(id, out CommitNode node);
            bool isYoung = isKnown && !needed.Contains(id) && node.CommitSeconds >= before.ToUnixTimeSeconds();
            if (!needed.Contains(id) && !isYoung)
            {
                garbage.Add(id);
                continue;
            }

            young += isYoung ? 1 : 0;
            needed.UnionWith(clone.History.GetParents(node.Position).Select(p => clone.History.GetNode(p).Id));
        }

        return (garbage, young);
    }

    private static List<string> FindLeftovers(Clone clone, DateTimeOffset now)
    {
        DateTime before = (now - s_leftoverAge).UtcDateTime;
        List<string> found = [.. clone.Local.FindLeftovers()];
        foreach (string folder in ((string[])[clone.Paths.State, clone.Paths.Store, clone.Paths.Worktrees, clone.Paths.History, clone.Paths.Local, clone.Paths.PathHistories]).Distinct(StringComparer.Ordinal))
        {
            if (Directory.Exists(folder))
            {
                found.AddRange(Directory.EnumerateFiles(folder, "*.new").Where(p => File.GetLastWriteTimeUtc(p) < before));
            }
        }

        return found;
    }
}
