using Monorepo.Native.RocksDb;

namespace Monorepo.Storage.RocksDb;

/// <summary>The one place where this engine's errors become the storage's.</summary>
internal static class StorageFailures
{
    public static StorageException Corrupt(string detail) =>
        new(StorageFailure.Corrupt, $"The database is damaged: {detail}. Restore it from a checkpoint or a backup.");

    public static StorageException From(RocksDbException error, string path) => error.Kind switch
    {
        RocksDbErrorKind.LockHeld => new(StorageFailure.InUse, $"The database in '{path}' is open in another process; stop that one first.", error),
        RocksDbErrorKind.NoSpace => new(StorageFailure.NoSpace, $"The disk of '{path}' is full; make room and start again. ({error.Message})", error),
        RocksDbErrorKind.Corruption => new(
            StorageFailure.Corrupt, $"The database in '{path}' is damaged; restore it from a checkpoint or a backup. ({error.Message})", error),
        _ => new(StorageFailure.InputOutput, $"The database in '{path}' failed; look at the disk and at the LOG file there. ({error.Message})", error),
    };
}
