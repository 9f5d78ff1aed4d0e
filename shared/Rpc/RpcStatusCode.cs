namespace Monorepo.Rpc;

/// <summary>The seventeen status codes of gRPC. Numbers are the wire values of the <c>grpc-status</c> trailer.</summary>
public enum RpcStatusCode
{
    /// <summary>The call succeeded.</summary>
    Ok = 0,

    /// <summary>The call was cancelled, usually by the caller.</summary>
    Cancelled = 1,

    /// <summary>An error that carries no better code, for example an unhandled exception in a handler.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call finished; the server may still have done the work.</summary>
    DeadlineExceeded = 4,

    /// <summary>A thing the request names does not exist.</summary>
    NotFound = 5,

    /// <summary>A thing the request would create exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota, a limit or a message size was exceeded.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in the state the call needs; retrying does not help until that changes.</summary>
    FailedPrecondition = 9,

    /// <summary>A concurrency conflict; the caller may retry the whole sequence.</summary>
    Aborted = 10,

    /// <summary>A position past the valid range, which may become valid later.</summary>
    OutOfRange = 11,

    /// <summary>The server does not have this method.</summary>
    Unimplemented = 12,

    /// <summary>An invariant is broken, on the wire or in the server.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached or is going away; a retry with back-off may succeed.</summary>
    Unavailable = 14,

    /// <summary>Data was lost or is corrupt beyond repair.</summary>
    DataLoss = 15,

    /// <summary>The caller's credentials are missing or invalid.</summary>
    Unauthenticated = 16,
}
