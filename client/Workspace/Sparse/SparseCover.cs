namespace Monorepo.Workspace.Sparse;

/// <summary>How much of what is below a directory a sparse working copy has.</summary>
public enum SparseCover
{
    /// <summary>Nothing, whatever lies there: the directory need not be looked at.</summary>
    None,

    /// <summary>It depends on the names below it.</summary>
    Some,

    /// <summary>Everything, whatever lies there.</summary>
    All,
}
