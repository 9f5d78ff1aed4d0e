using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;

namespace Monorepo.Workspace.Stashing;

/// <summary>
/// Edits that were put aside, in git's shape: a commit of the working copy's tree whose parents are the commit that was checked out, a commit of that one's tree (git's staging area, which
/// has nothing of its own here), and, where untracked files came along, a commit of them.
/// </summary>
/// <param name="Sequence">The number in its ref; a later stash has a higher one.</param>
/// <param name="Commit">The stash.</param>
/// <param name="Base">What was checked out.</param>
/// <param name="BaseTree">The tree of it.</param>
/// <param name="Tree">The tree of the tracked files as they were.</param>
/// <param name="UntrackedTree">The untracked files; null: none came along.</param>
/// <param name="Message">One line.</param>
/// <param name="UnixSeconds">When it was made.</param>
public sealed record Stash(int Sequence, ObjectId Commit, ObjectId Base, ObjectId BaseTree, ObjectId Tree, ObjectId? UntrackedTree, string Message, long UnixSeconds);

/// <summary>A clone's stashes.</summary>
public static class StashList
{
    /// <summary>The latest first: <c>stash@{0}</c>.</summary>
    /// <param name="kept">The clone's <c>kept</c> store.</param>
    /// <exception cref="CorruptHistoryException">A stash is not in git's shape.</exception>
    public static IReadOnlyList<Stash> Read(LocalStore kept)
    {
        List<Stash> stashes = [];
        foreach ((RefName name, ObjectId id) in kept.Refs)
        {
            if (StashRef.TryParse(name, out int sequence))
            {
                stashes.Add(Parse(kept, sequence, id));
            }
        }

        stashes.Sort(static (a, b) => b.Sequence.CompareTo(a.Sequence));
        return stashes;
    }

    /// <summary>The commits that stashes were made on: they must stay where they are local. Costs nothing where nothing was ever kept.</summary>
    internal static IReadOnlyList<ObjectId> BasesOf(ClonePaths paths)
    {
        using LocalStore kept = LocalStore.Open(paths.Kept);
        return [.. Read(kept).Select(static s => s.Base)];
    }

    private static Stash Parse(LocalStore kept, int sequence, ObjectId id)
    {
        Commit? stash = Read(kept, id);
        if (stash is not { Parents: [var from, var second, ..] parents } || Read(kept, second) is not { } index)
        {
            throw new CorruptHistoryException($"The stash {id} is not what 'mr stash' makes.");
        }

        return new Stash(
            sequence, id, from, index.Tree, stash.Tree,
            parents.Count > 2 ? Read(kept, parents[2])?.Tree : null,
            Encoding.UTF8.GetString(CommitText.Terminated(stash.Message.Span)).TrimEnd('\n').ReplaceLineEndings(" "),
            stash.Committer.UnixSeconds);
    }

    private static Commit? Read(LocalStore kept, ObjectId id) => kept.TryRead(id) is { } read ? Commit.Parse(read.Body) : null;
}
