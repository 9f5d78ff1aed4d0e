namespace Monorepo.Native.RocksDb;

/// <summary>An operation that RocksDB refused or failed. <see cref="Kind"/> is for deciding, the message (RocksDB's own text) for people.</summary>
public sealed class RocksDbException(RocksDbErrorKind kind, string message) : Exception(message)
{
    /// <summary>What went wrong.</summary>
    public RocksDbErrorKind Kind { get; } = kind;
}
