namespace Monorepo.Import;

/// <summary>Why a repository can't be imported.</summary>
public enum ImportFailure
{
    /// <summary>There is no repository or bundle at that place.</summary>
    SourceNotFound,

    /// <summary>libgit2 refuses it: files can't be read, or another user owns it (git's safe.directory).</summary>
    SourceNotReadable,

    /// <summary>A shallow clone: commits lack their parents.</summary>
    SourceShallow,

    /// <summary>Objects are named by SHA-256; the server stores SHA-1 names.</summary>
    SourceSha256,

    /// <summary>An object the history needs is not there, as in a partial clone or a damaged repository.</summary>
    ObjectMissing,

    /// <summary>An object's bytes are not what its id or its place says.</summary>
    ObjectDamaged,

    /// <summary>git could not fetch the bundle or URL; the message holds what it said.</summary>
    FetchFailed,

    /// <summary>The real git program is needed for bundles and URLs and is not installed.</summary>
    GitNotInstalled,

    /// <summary>Somebody kept changing the target meanwhile.</summary>
    TargetChanged,
}

/// <summary>The import stopped. Nothing became visible in the target; what was stored is found there by the next run.</summary>
public sealed class ImportException(ImportFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    public ImportFailure Failure { get; } = failure;
}
