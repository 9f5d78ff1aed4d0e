using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Objects;

/// <summary>Where an object stands.</summary>
/// <param name="Path">From the root; empty: the root itself.</param>
/// <param name="Commit">A commit in whose tree; null: the version that is checked out, or the root is not known.</param>
/// <param name="IsWhole">False: only the end of the path is known.</param>
public readonly record struct ObjectPlace(byte[] Path, ObjectId? Commit, bool IsWhole);

/// <summary>
/// Finds paths of objects that a command missed, from what is here: trees that the command has read, then the dirstate. Costs the memory's trees and, where these do not tell,
/// the files of the working copy; for messages, not for work.
/// </summary>
public static class ObjectPlaces
{
    // Deeper than any path.
    private const int StepsMax = TreeWalker.DepthMax;

    /// <param name="ids">Sought.</param>
    /// <param name="source">What the command read with.</param>
    /// <param name="dirstate">The dirstate's path.</param>
    /// <param name="history">Knows which trees are commits'.</param>
    /// <returns>Those that were found.</returns>
    public static IReadOnlyDictionary<ObjectId, ObjectPlace> Find(IReadOnlyCollection<ObjectId> ids, ObjectSource source, string dirstate, CommitLog history)
    {
        HashSet<ObjectId> wanted = [.. ids];
        Dictionary<ObjectId, (ObjectId Tree, byte[] Name)> parents = FindParents(wanted, source);
        Dictionary<ObjectId, (byte[] Path, ObjectId Top)> climbed = [];
        foreach (ObjectId id in wanted)
        {
            climbed.Add(id, Climb(id, parents));
        }

        Dictionary<ObjectId, ObjectId> commits = FindCommits([.. climbed.Values.Select(static c => c.Top)], history);
        Dictionary<ObjectId, ObjectPlace> found = climbed.Where(c => commits.ContainsKey(c.Value.Top)).ToDictionary(static c => c.Key, c => new ObjectPlace(c.Value.Path, commits[c.Value.Top], IsWhole: true));
        AddFromDirstate(wanted, dirstate, found);
        foreach ((ObjectId id, (byte[] path, _)) in climbed.Where(static c => c.Value.Path.Length > 0))
        {
            found.TryAdd(id, new ObjectPlace(path, null, IsWhole: false));
        }

        return found;
    }

    // Of what is wanted, and of all directories on the way up from it.
    private static Dictionary<ObjectId, (ObjectId Tree, byte[] Name)> FindParents(HashSet<ObjectId> wanted, ObjectSource source)
    {
        Dictionary<ObjectId, (ObjectId, byte[])> parents = [];
        foreach (GitObject tree in source.TreesInMemory)
        {
            foreach (TreeEntry entry in new TreeReader(tree.Body.Span))
            {
                if (entry.Mode.IsDirectory() || wanted.Contains(entry.Id))
                {
                    parents.TryAdd(entry.Id, (tree.Id, entry.Name.ToArray()));
                }
            }
        }

        return parents;
    }

    private static (byte[] Path, ObjectId Top) Climb(ObjectId id, Dictionary<ObjectId, (ObjectId Tree, byte[] Name)> parents)
    {
        byte[] path = [];
        ObjectId at = id;
        for (int steps = 0; steps < StepsMax && parents.TryGetValue(at, out (ObjectId Tree, byte[] Name) parent); steps++)
        {
            path = path.Length == 0 ? parent.Name : TreePaths.Join(parent.Name, path);
            at = parent.Tree;
        }

        return (path, at);
    }

    // The newest of each tree; a commit stands for its own.
    private static Dictionary<ObjectId, ObjectId> FindCommits(HashSet<ObjectId> tops, CommitLog history)
    {
        Dictionary<ObjectId, ObjectId> found = tops.Where(history.Contains).ToDictionary(static t => t);
        for (int position = history.Count - 1; position >= 0 && found.Count < tops.Count; position--)
        {
            CommitNode node = history.GetNode(position);
            if (tops.Contains(node.Tree))
            {
                found.TryAdd(node.Tree, node.Id);
            }
        }

        return found;
    }

    private static void AddFromDirstate(HashSet<ObjectId> wanted, string path, Dictionary<ObjectId, ObjectPlace> found)
    {
        if (found.Count == wanted.Count)
        {
            return;
        }

        try
        {
            using DirstateFile? dirstate = DirstateFile.Open(path);
            DirstateCursor? cursor = dirstate?.Reader.Open();
            while (found.Count < wanted.Count && cursor?.MoveNext() == true)
            {
                if (wanted.Contains(cursor.Id))
                {
                    found.TryAdd(cursor.Id, new ObjectPlace(cursor.Path.ToArray(), null, IsWhole: true));
                }
            }
        }
        catch (DirstateFormatException)
        {
            // Told by who needs it.
        }
    }
}
