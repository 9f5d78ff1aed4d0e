using Monorepo.Core;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Objects;

/// <summary>Finds the trees that an unanswered question was about: of all that it names, the first that are missing on each way down. For messages: what is below them nobody here knows.</summary>
internal static class TreeHoles
{
    // A question about more is told by its first.
    private const int HolesMax = 1_024;
    private const int VisitsMax = 50_000;

    /// <returns>Each once; empty where all is here by now.</returns>
    public static IReadOnlyList<ObjectId> Find(ObjectSource source, TreeQuery query)
    {
        HashSet<ObjectId> holes = [];
        HashSet<(ObjectId, ObjectId)> seen = [];
        Queue<Visit> open = new();
        ObjectId[] roots = [.. query.Roots];
        int step = query.Differing ? 2 : 1;
        for (int i = 0; i + step <= roots.Length; i += step)
        {
            ObjectId other = query.Differing ? roots[i + 1] : ObjectId.Null;
            foreach (ReadOnlyMemory<byte> path in query.Paths.DefaultIfEmpty())
            {
                open.Enqueue(new Visit(roots[i], other, path, query.Depth == 0 ? int.MaxValue : query.Depth));
            }
        }

        for (int visits = 0; visits < VisitsMax && holes.Count < HolesMax && open.TryDequeue(out Visit visit); visits++)
        {
            if (visit.Left != visit.Right && (!visit.Under.IsEmpty || seen.Add((visit.Left, visit.Right))))
            {
                AddNext(source, visit, holes, open);
            }
        }

        return [.. holes];
    }

    private static void AddNext(ObjectSource source, Visit visit, HashSet<ObjectId> holes, Queue<Visit> open)
    {
        Dictionary<string, ObjectId> lefts = ListDirectories(source, visit.Left, holes);
        Dictionary<string, ObjectId> rights = ListDirectories(source, visit.Right, holes);
        if (visit.Levels == 0)
        {
            return;
        }

        int slash = visit.Under.Span.IndexOf((byte)'/');
        ReadOnlyMemory<byte> name = slash < 0 ? visit.Under : visit.Under[..slash];
        ReadOnlyMemory<byte> rest = slash < 0 ? default : visit.Under[(slash + 1)..];
        IEnumerable<string> names = name.IsEmpty ? lefts.Keys.Union(rights.Keys, StringComparer.Ordinal) : [System.Text.Encoding.Latin1.GetString(name.Span)];
        foreach (string child in names)
        {
            open.Enqueue(new Visit(lefts.GetValueOrDefault(child, ObjectId.Null), rights.GetValueOrDefault(child, ObjectId.Null), rest, visit.Levels - 1));
        }
    }

    // Latin-1 keeps every byte apart. A commit stands for its tree.
    private static Dictionary<string, ObjectId> ListDirectories(ObjectSource source, ObjectId tree, HashSet<ObjectId> holes)
    {
        Dictionary<string, ObjectId> directories = new(StringComparer.Ordinal);
        GitObject? read = tree.IsNull ? null : source.TryReadLocal(tree);
        if (read is { Kind: ObjectKind.Commit })
        {
            return ListDirectories(source, Commit.Parse(read.Body).Tree, holes);
        }

        if (read is null)
        {
            if (!tree.IsNull)
            {
                holes.Add(tree);
            }

            return directories;
        }

        if (read.Kind == ObjectKind.Tree)
        {
            foreach (TreeEntry entry in new TreeReader(read.Body.Span))
            {
                if (entry.Mode.IsDirectory())
                {
                    directories[System.Text.Encoding.Latin1.GetString(entry.Name)] = entry.Id;
                }
            }
        }

        return directories;
    }

    /// <param name="Left">The null id: nothing.</param>
    /// <param name="Right">The null id: nothing, or not a comparison.</param>
    /// <param name="Under">What of it is wanted; empty: all.</param>
    /// <param name="Levels">How many below it.</param>
    private readonly record struct Visit(ObjectId Left, ObjectId Right, ReadOnlyMemory<byte> Under, int Levels);
}
