using System.Runtime.InteropServices;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// The one place where a RocksDB status becomes an error. The C API gives statuses as text only:
/// "<c>code word: [sub-code text: ]detail</c>" (Status::ToString), allocated with malloc and owned by the receiver.
/// </summary>
internal static class RocksDbStatus
{
    private static readonly (string Prefix, RocksDbErrorKind Kind)[] s_codes =
    [
        ("NotFound: ", RocksDbErrorKind.NotFound),
        ("Corruption: ", RocksDbErrorKind.Corruption),
        ("Not implemented: ", RocksDbErrorKind.NotSupported),
        ("Invalid argument: ", RocksDbErrorKind.InvalidArgument),
        ("IO error: ", RocksDbErrorKind.IOError),
        ("Result incomplete: ", RocksDbErrorKind.Incomplete),
        ("Shutdown in progress: ", RocksDbErrorKind.ShutdownInProgress),
        ("Operation timed out: ", RocksDbErrorKind.TimedOut),
        ("Operation aborted: ", RocksDbErrorKind.Aborted),
        ("Resource busy: ", RocksDbErrorKind.Busy),
        ("Operation expired: ", RocksDbErrorKind.Expired),
        ("Operation failed. Try again.: ", RocksDbErrorKind.TryAgain),
        ("Compaction too large: ", RocksDbErrorKind.CompactionTooLarge),
        ("Column family dropped: ", RocksDbErrorKind.ColumnFamilyDropped),
    ];

    private static readonly (RocksDbErrorKind Code, string Prefix, RocksDbErrorKind Kind)[] s_details =
    [
        (RocksDbErrorKind.IOError, "No space left on device", RocksDbErrorKind.NoSpace),
        (RocksDbErrorKind.IOError, "Space limit reached", RocksDbErrorKind.NoSpace),
        (RocksDbErrorKind.IOError, "No such file or directory", RocksDbErrorKind.PathNotFound),
        (RocksDbErrorKind.IOError, "lock hold by current process", RocksDbErrorKind.LockHeld),
        (RocksDbErrorKind.IOError, "While lock file", RocksDbErrorKind.LockHeld),
        (RocksDbErrorKind.Aborted, "Memory limit reached", RocksDbErrorKind.MemoryLimit),
    ];

    /// <summary>Throws when <paramref name="error"/> carries a status, after freeing it.</summary>
    public static void ThrowIfFailed(nint error)
    {
        if (error != 0)
            throw ToException(error);
    }

    /// <summary>Takes ownership of the text at <paramref name="error"/>.</summary>
    public static RocksDbException ToException(nint error)
    {
        string text = Marshal.PtrToStringUTF8(error) ?? "";
        NativeMethods.rocksdb_free(error);
        return new RocksDbException(ParseKind(text), text);
    }

    public static RocksDbErrorKind ParseKind(string text)
    {
        foreach ((string prefix, RocksDbErrorKind code) in s_codes)
        {
            if (!text.StartsWith(prefix, StringComparison.Ordinal))
                continue;

            ReadOnlySpan<char> detail = text.AsSpan(prefix.Length);
            foreach ((RocksDbErrorKind detailCode, string detailPrefix, RocksDbErrorKind kind) in s_details)
            {
                if (detailCode == code && detail.StartsWith(detailPrefix, StringComparison.Ordinal))
                    return kind;
            }

            return code;
        }

        return RocksDbErrorKind.Unknown;
    }
}
