namespace Monorepo.Storage;

/// <summary>Why an engine can't do what it was asked.</summary>
public enum StorageFailure
{
    /// <summary>Another process has the data open.</summary>
    InUse,

    /// <summary>The data was written by a version whose format this one does not know.</summary>
    UnknownFormat,

    /// <summary>The disk is full. What was promised before is safe; nothing of this write is.</summary>
    NoSpace,

    /// <summary>Bytes on disk are not what was written.</summary>
    Corrupt,

    /// <summary>The disk or the cluster failed in another way.</summary>
    InputOutput,
}

/// <summary>A failure of the engine or what it stands on; the message says how to mend it.</summary>
public sealed class StorageException(StorageFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public StorageFailure Failure { get; } = failure;
}
