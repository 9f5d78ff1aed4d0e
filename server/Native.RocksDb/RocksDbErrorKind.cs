namespace Monorepo.Native.RocksDb;

/// <summary>What went wrong in RocksDB, read once from the status text (the C API hands over nothing else).</summary>
public enum RocksDbErrorKind
{
    /// <summary>A status this binding does not know.</summary>
    Unknown,

    /// <summary>A file or key that must exist does not. A get of an absent key is not an error.</summary>
    NotFound,

    /// <summary>Stored bytes fail their checksum or contradict each other. Nothing read from this database can be believed.</summary>
    Corruption,

    /// <summary>The library was built without the feature, a compressor for example.</summary>
    NotSupported,

    /// <summary>An option or argument was refused; also a database that is absent when it may not be created, and column families left unopened.</summary>
    InvalidArgument,

    /// <summary>The operating system refused a file operation. A failed write leaves the database refusing writes until it is opened again.</summary>
    IOError,

    /// <summary>Another opener, in this process or another, has the database.</summary>
    LockHeld,

    /// <summary>The disk is full or the configured space limit was reached.</summary>
    NoSpace,

    /// <summary>A path on the way does not exist.</summary>
    PathNotFound,

    /// <summary>The answer is partial because the read was told not to do I/O or to skip too much.</summary>
    Incomplete,

    /// <summary>The database is closing.</summary>
    ShutdownInProgress,

    /// <summary>A deadline passed.</summary>
    TimedOut,

    /// <summary>The operation was given up by RocksDB or by request.</summary>
    Aborted,

    /// <summary>A block did not fit in a cache with a hard limit. A read may be repeated without filling the cache.</summary>
    MemoryLimit,

    /// <summary>A resource is held by another operation.</summary>
    Busy,

    /// <summary>The operation expired.</summary>
    Expired,

    /// <summary>A passing condition; the operation may be repeated.</summary>
    TryAgain,

    /// <summary>A compaction would be larger than allowed.</summary>
    CompactionTooLarge,

    /// <summary>The column family is gone.</summary>
    ColumnFamilyDropped,
}
