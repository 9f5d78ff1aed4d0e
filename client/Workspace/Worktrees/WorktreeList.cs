using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Worktrees;

/// <summary>A working copy of a clone.</summary>
/// <param name="Paths">Its files.</param>
/// <param name="Name">In the store; null: the first one.</param>
/// <param name="IsThere">False: its directory is gone, or holds something else.</param>
public sealed record Worktree(ClonePaths Paths, string? Name, bool IsThere)
{
    /// <summary>What is checked out; null where that can't be read. A branch with local commits may have gone on.</summary>
    public HeadState? Head
    {
        get
        {
            try
            {
                return IsThere ? HeadState.Load(Paths.Head) : null;
            }
            catch (CorruptHistoryException)
            {
                return null;
            }
        }
    }

    /// <summary>Whether a branch is checked out there, or about to be by a checkout that was cut.</summary>
    public bool Holds(RefName branch) => IsThere && (Head?.Branch == branch || CheckoutJournal.Load(Paths.CheckoutJournal)?.Head.Branch == branch);
}

/// <summary>The working copies of a clone. Looks at the disk each time; costs one look where there is only one.</summary>
public static class WorktreeList
{
    /// <summary>A clone has no more.</summary>
    public const int CountMax = 1_000;

    /// <summary>All, the first one first, then by name.</summary>
    public static IReadOnlyList<Worktree> Of(ClonePaths clone)
    {
        List<Worktree> found = [new Worktree(new ClonePaths(Path.GetDirectoryName(clone.Store)!), null, IsThere: true)];
        if (Directory.Exists(clone.Worktrees))
        {
            foreach (string entry in Directory.EnumerateFiles(clone.Worktrees).Where(static e => !e.EndsWith(".new", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                ClonePaths paths = new(File.ReadAllText(entry).TrimEnd('\n'));
                found.Add(new Worktree(paths, Path.GetFileName(entry), IsOf(paths, clone.Store, Path.GetFileName(entry))));
            }
        }

        return found;
    }

    /// <summary>All but this one.</summary>
    public static IReadOnlyList<Worktree> Others(ClonePaths clone) => Directory.Exists(clone.Worktrees) ? [.. Of(clone).Where(w => w.Paths != clone)] : [];

    /// <summary>Where else a branch is checked out; null: nowhere.</summary>
    public static Worktree? FindHolder(ClonePaths clone, RefName branch) => Others(clone).FirstOrDefault(w => w.Holds(branch));

    /// <exception cref="CloneException"><see cref="CloneError.CheckedOutElsewhere"/>.</exception>
    public static void RefuseHeld(ClonePaths clone, RefName? branch)
    {
        if (branch is { } name && FindHolder(clone, name) is { } holder)
        {
            throw new CloneException(CloneError.CheckedOutElsewhere, $"'{name.Short}' is already checked out at '{holder.Paths.WorkingCopy}'.");
        }
    }

    /// <summary>Makes an empty working copy: nothing is checked out in it. The caller holds the clone's lock.</summary>
    /// <param name="clone">A working copy of the clone that it belongs to.</param>
    /// <param name="directory">Not there, or empty; its full path.</param>
    /// <exception cref="CloneException"><see cref="CloneError.NotEmpty"/>: the directory holds something, or lies in another working copy.</exception>
    public static ClonePaths Add(ClonePaths clone, string directory)
    {
        RemoveBegun(new ClonePaths(directory));
        if (Clone.Find(directory) is { } around)
        {
            throw new CloneException(CloneError.NotEmpty, $"'{directory}' lies in the working copy of '{around.WorkingCopy}'.");
        }

        if (File.Exists(directory) || (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()))
        {
            throw new CloneException(CloneError.NotEmpty, $"'{directory}' is not empty.");
        }

        IReadOnlyList<Worktree> known = Of(clone);
        if (known.Count >= CountMax)
        {
            throw new CloneException(CloneError.NotEmpty, $"The clone has {CountMax} working copies already: remove some.");
        }

        string wanted = Path.GetFileName(directory).Trim('.') is { Length: > 0 } last ? last : "worktree";
        string name = Enumerable.Range(0, CountMax + 1).Select(n => n == 0 ? wanted : $"{wanted}{n}").First(n => !known.Any(w => w.Name == n) && !n.EndsWith(".new", StringComparison.Ordinal));

        // The store knows it before it is one; one that was cut is not there to anybody else.
        Directory.CreateDirectory(clone.Worktrees);
        DurableFile.Replace(Path.Combine(clone.Worktrees, name), Encoding.UTF8.GetBytes(directory + "\n"));
        ClonePaths added = new(directory);
        Directory.CreateDirectory(added.State);
        new HeadState(null, null).Save(added.Head);
        new WorktreeLink(clone.Store, name).Save(added);
        return new ClonePaths(directory);
    }

    /// <summary>Forgets a working copy that is gone. The caller holds the clone's lock.</summary>
    public static void Forget(ClonePaths clone, Worktree worktree)
    {
        File.Delete(Path.Combine(clone.Worktrees, worktree.Name!));
        DurableFile.SyncDirectory(clone.Worktrees);
    }

    // What an add left that was cut before it was a working copy.
    private static void RemoveBegun(ClonePaths paths)
    {
        if (Directory.Exists(paths.State) && Directory.EnumerateFileSystemEntries(paths.State).All(static e => Path.GetFileName(e) is "HEAD" or "HEAD.new" or "store.new")
            && Directory.EnumerateFileSystemEntries(paths.WorkingCopy).Count() == 1)
        {
            Directory.Delete(paths.State, recursive: true);
        }
    }

    private static bool IsOf(ClonePaths paths, string store, string name)
    {
        try
        {
            return WorktreeLink.Read(paths) is { } link && link.Store == store && link.Name == name;
        }
        catch (CloneException)
        {
            return false;
        }
    }
}
