namespace Monorepo.Export;

/// <summary>Why a repository can't be exported.</summary>
public enum ExportFailure
{
    /// <summary>The directory holds something that is no bare git repository.</summary>
    NotARepository,

    /// <summary>The git program is not installed.</summary>
    GitNotInstalled,

    /// <summary>git refused; the message holds what it said.</summary>
    GitFailed,

    /// <summary>An object that the history needs is not in the store, or is damaged there.</summary>
    Damaged,
}

/// <summary>The export stopped. No ref of the git repository has changed; the next run goes on.</summary>
public sealed class ExportException(ExportFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public ExportFailure Failure { get; } = failure;
}
