using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Clones;

/// <summary>What a pull brought.</summary>
/// <param name="NewCommits">Commits that were not here.</param>
/// <param name="Moves">Refs that changed, sorted by name.</param>
public sealed record PullResult(int NewCommits, IReadOnlyList<RefMove> Moves)
{
    public bool IsUpToDate => NewCommits == 0 && Moves.Count == 0;
}

/// <summary>One ref's change.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Old">Null: it is new.</param>
/// <param name="New">Null: it is gone.</param>
public readonly record struct RefMove(RefName Name, ObjectId? Old, ObjectId? New)
{
    internal static IReadOnlyList<RefMove> Compare(RefSet old, RefSet fresh)
    {
        Dictionary<RefName, ObjectId> before = old.List().ToDictionary(r => r.Name, r => r.Target);
        List<RefMove> moves = [];
        foreach (RefEntry entry in fresh.List())
        {
            bool known = before.Remove(entry.Name, out ObjectId target);
            if (!known || target != entry.Target)
            {
                moves.Add(new RefMove(entry.Name, known ? target : null, entry.Target));
            }
        }

        moves.AddRange(before.Select(gone => new RefMove(gone.Key, gone.Value, null)));
        moves.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        return moves;
    }
}
