namespace Monorepo.Workspace.Sparse;

/// <summary>Why the rules of a sparse working copy can't be had.</summary>
public enum SparseError
{
    /// <summary>A profile, or a file that one includes, is not in the commit's tree.</summary>
    ProfileMissing,

    /// <summary>A profile breaks the format, includes itself, or passes a limit.</summary>
    ProfileWrong,

    /// <summary>A pattern that was given is none.</summary>
    PatternWrong,

    /// <summary>The clone's own record of its rules is damaged.</summary>
    Damaged,
}

/// <summary>Decide by <see cref="Error"/>, not by the text.</summary>
public sealed class SparseException(SparseError error, string message) : IOException(message)
{
    public SparseError Error { get; } = error;
}
