using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// What the clone's <c>kept</c> store may forget: files that no operation of the log names and that are as old as operations may get, and stashes that were dropped and that no operation of the
/// log had. It has the form of the store of local commits but none of its commits is part of the history, and none is ever sent.
/// </summary>
internal static class KeptStore
{
    // Below one part in so many of what is kept, forgetting costs more than it gives.
    private const int GarbageShare = 2;

    /// <summary>Forgets what nothing needs any more, where the log has just forgotten operations and it is worth rewriting the store. The caller holds the clone's lock.</summary>
    public static void Shorten(ClonePaths paths, OperationLog log)
    {
        // What the log of a working copy names that is not there now is not known.
        IReadOnlyList<Worktree> others = WorktreeList.Others(paths);
        if (!log.WasShortened || others.Any(static w => !w.IsThere))
        {
            return;
        }

        using LocalStore store = LocalStore.Open(paths.Kept);
        Operation[] operations = [.. log.Operations, .. others.SelectMany(static w => OperationLog.Load(w.Paths.Operations).Operations)];
        HashSet<ObjectId> named = [.. operations.SelectMany(static o => o.Discarded.Concat(o.PutBack))];
        foreach (Operation operation in operations)
        {
            named.UnionWith(Stashes(operation.Before).Concat(Stashes(operation.After)));
        }

        long oldest = (TimeProvider.System.GetUtcNow() - OperationLog.AgeMax).ToUnixTimeSeconds();
        HashSet<RefName> refs = [.. store.Refs.Where(r => KeptFiles.IsKeptRef(r.Key) && !named.Contains(r.Value) && TimeOf(store, r.Value) < oldest).Select(static r => r.Key)];
        HashSet<ObjectId> needed = [.. named, .. store.Refs.Where(r => !refs.Contains(r.Key)).Select(static r => r.Value)];
        HashSet<ObjectId> gone = [];

        // Children before parents: what stays keeps its parents.
        foreach (ObjectId id in store.Commits.Reverse())
        {
            if (needed.Contains(id))
            {
                needed.UnionWith(Commit.Parse(store.TryRead(id)!.Body).Parents);
            }
            else
            {
                gone.Add(id);
            }
        }

        if (gone.Count * GarbageShare > store.Commits.Count)
        {
            store.Drop(gone, refs, static _ => { });
        }
    }

    private static IEnumerable<ObjectId> Stashes(OperationState state) => state.Refs.Where(static r => StashRef.IsStash(r.Key)).Select(static r => r.Value);

    private static long TimeOf(LocalStore store, ObjectId commit) => Commit.Parse(store.TryRead(commit)!.Body).Committer.UnixSeconds;
}
