using Monorepo.Core;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.Offline;

/// <summary>What of one version must be readable without the server. Stays at its commit when the ref moves that it was named by.</summary>
/// <param name="Revision">As the user wrote it; one declaration has it.</param>
/// <param name="Commit">What it named then.</param>
/// <param name="Tree">The commit's.</param>
public sealed record OfflineDeclaration(string Revision, ObjectId Commit, ObjectId Tree)
{
    /// <summary>The whole tree, whatever else is named.</summary>
    public bool IsAll { get; init; }

    /// <summary>Files, and directories with all below them; from the root.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>What a sparse working copy had; null: that was not declared.</summary>
    public SparseState? Sparse { get; init; }

    /// <summary>Nothing is left of it.</summary>
    public bool IsEmpty => !IsAll && Paths.Count == 0 && Sparse is null;

    public SparseRules Rules => IsAll ? SparseRules.Everything
        : Sparse is null ? SparseRules.Of(Paths)
        : Paths.Count == 0 ? Sparse.Rules
        : Sparse.Rules.With(SparseRules.Of(Paths));

    /// <summary>At this one's commit, what either has.</summary>
    public OfflineDeclaration With(OfflineDeclaration other) => this with
    {
        IsAll = IsAll || other.IsAll,
        Paths = [.. Paths.Union(other.Paths, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        Sparse = Sparse ?? other.Sparse,
    };
}
