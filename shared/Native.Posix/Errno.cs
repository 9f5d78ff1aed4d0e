namespace Monorepo.Native.Posix;

/// <summary>
/// The Linux x86-64 error numbers that callers decide on. A value that is not listed is still carried as it came;
/// <see cref="None"/> means the call succeeded.
/// </summary>
public enum Errno
{
    None = 0,
    NotPermitted = 1,
    NoEntry = 2,
    Interrupted = 4,
    InputOutput = 5,
    BadDescriptor = 9,
    TryAgain = 11,
    NoMemory = 12,
    AccessDenied = 13,
    Busy = 16,
    Exists = 17,
    CrossDevice = 18,
    NotDirectory = 20,
    IsDirectory = 21,
    Invalid = 22,
    TooManyOpenFilesInSystem = 23,
    TooManyOpenFiles = 24,
    FileTooLarge = 27,
    NoSpace = 28,
    ReadOnlyFileSystem = 30,
    TooManyLinks = 31,
    NameTooLong = 36,
    NotImplemented = 38,
    NotEmpty = 39,

    /// <summary>A symbolic link was met where none may be followed, or too many of them.</summary>
    SymlinkLoop = 40,
    NotSupported = 95,

    /// <summary>Nobody listens at a socket.</summary>
    ConnectionRefused = 111,
    QuotaExceeded = 122,
}
