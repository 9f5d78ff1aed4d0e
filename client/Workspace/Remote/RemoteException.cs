using Monorepo.Rpc;

namespace Monorepo.Workspace.Remote;

/// <summary>Why a question to the server had no answer.</summary>
public enum RemoteError
{
    /// <summary>No connection, or it was lost. Trying again may help.</summary>
    Unreachable,

    /// <summary>No answer in time. Trying again may help.</summary>
    DeadlineExceeded,

    /// <summary>The server has no such repository or object.</summary>
    NotFound,

    /// <summary>The server asks for credentials, or these may not.</summary>
    Refused,

    /// <summary>The server is busy or a limit was passed.</summary>
    Overloaded,

    /// <summary>The server does not take what was sent: an object or a name breaks its rules. Nothing was changed.</summary>
    Rejected,

    /// <summary>The server answered what the protocol does not allow, or failed inside.</summary>
    Broken,
}

/// <summary>An expected failure of the way to the server. Decide by <see cref="Error"/>, not by the text.</summary>
public sealed class RemoteException(RemoteError error, string message, Exception? inner = null) : IOException(message, inner)
{
    public RemoteError Error { get; } = error;

    /// <summary>Whether asking again at once, from where one is, makes sense.</summary>
    public bool IsTransient => Error is RemoteError.Unreachable or RemoteError.DeadlineExceeded;

    internal static RemoteException From(RpcException e, RepositoryUrl url) => e.StatusCode switch
    {
        RpcStatusCode.Unavailable => new(RemoteError.Unreachable, $"The server at {url.Server} can't be reached: {e.Detail.TrimEnd('.')}.", e),
        RpcStatusCode.DeadlineExceeded => new(RemoteError.DeadlineExceeded, $"The server at {url.Server} did not answer in time.", e),
        RpcStatusCode.NotFound => new(RemoteError.NotFound, $"{url}: {e.Detail}", e),
        RpcStatusCode.Unauthenticated or RpcStatusCode.PermissionDenied => new(RemoteError.Refused, $"{url}: access refused: {e.Detail}", e),
        RpcStatusCode.InvalidArgument or RpcStatusCode.FailedPrecondition => new(RemoteError.Rejected, $"{url}: the server refused: {e.Detail}", e),
        RpcStatusCode.ResourceExhausted => new(RemoteError.Overloaded, $"{url}: {e.Detail}", e),
        _ => new(RemoteError.Broken, $"{url}: the server failed ({e.StatusCode}): {e.Detail}", e),
    };
}
