using Monorepo.Core;

namespace Monorepo.Workspace.Clones;

/// <summary>What a pull brought.</summary>
/// <param name="NewCommits">Commits that were not here.</param>
/// <param name="Moves">Refs that changed, sorted by the names' bytes.</param>
public sealed record PullResult(int NewCommits, IReadOnlyList<RefMove> Moves)
{
    public bool IsUpToDate => NewCommits == 0 && Moves.Count == 0;
}

/// <summary>One ref's change.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Old">Null: it is new.</param>
/// <param name="New">Null: it is gone.</param>
public readonly record struct RefMove(RefName Name, ObjectId? Old, ObjectId? New);
