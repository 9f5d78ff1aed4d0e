using Microsoft.Extensions.Logging;

namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>Event ids are stable.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Error, "The handler of {Method} failed")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string method);

    [LoggerMessage(2, LogLevel.Debug, "{Method} for {Peer} ended with {Status}: {Detail}")]
    public static partial void CallFailed(ILogger logger, string method, string peer, RpcStatusCode status, string detail);

    [LoggerMessage(3, LogLevel.Debug, "{Method} for {Peer} was cancelled by the client")]
    public static partial void CallCancelled(ILogger logger, string method, string peer);

    [LoggerMessage(4, LogLevel.Debug, "{Method} for {Peer} passed its deadline")]
    public static partial void DeadlineExceeded(ILogger logger, string method, string peer);
}
