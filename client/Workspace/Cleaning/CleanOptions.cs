namespace Monorepo.Workspace.Cleaning;

/// <summary>Which files that are not tracked go.</summary>
public enum CleanedFiles
{
    /// <summary>Those that are not ignored.</summary>
    Untracked,

    /// <summary>All of them.</summary>
    UntrackedAndIgnored,

    /// <summary>The ignored ones.</summary>
    Ignored,
}

/// <param name="Files">Which files.</param>
/// <param name="Folders">Also folders in which nothing is tracked.</param>
/// <param name="Repositories">Also folders that are repositories of their own.</param>
/// <param name="DryRun">Find out, change nothing.</param>
public readonly record struct CleanOptions(CleanedFiles Files, bool Folders, bool Repositories, bool DryRun);

public enum CleanOutcome
{
    Removed,

    /// <summary>It is a repository of its own, and stays.</summary>
    IsRepository,

    /// <summary>The system forbids it.</summary>
    Failed,
}

/// <param name="Path">A folder ends in a slash.</param>
/// <param name="Outcome">In a dry run, what would come of it.</param>
public readonly record struct CleanedPath(byte[] Path, CleanOutcome Outcome);
