namespace Monorepo.Admin;

/// <summary>What <c>mr-admin</c> ends with. Scripts may rely on the numbers; <c>mr</c> uses the same where the meaning is the same.</summary>
public enum ExitCode
{
    Success = 0,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>There is no such source, data directory or repository.</summary>
    NotFound = 3,

    /// <summary>Another process has the data open, or kept changing the repository. Trying again may help.</summary>
    Conflict = 4,

    /// <summary>A server, a program or a library that is needed can't be reached. Trying again may help.</summary>
    Unavailable = 5,

    /// <summary>The disk is full or refuses.</summary>
    Disk = 6,

    /// <summary>Bytes of the source or the target are not what they must be.</summary>
    Corrupt = 7,

    /// <summary>The source is of a kind that can't be imported: shallow, or SHA-256.</summary>
    Unsupported = 8,

    /// <summary>A defect in mr-admin.</summary>
    Internal = 70,

    /// <summary>Ctrl-C, or a request to terminate.</summary>
    Interrupted = 130,
}
