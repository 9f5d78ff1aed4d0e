using System.Net.Sockets;
using System.Security.Authentication;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Channels;

/// <summary>The one place where a failure of the HTTP transport becomes a status.</summary>
internal static class TransportErrors
{
    public static RpcException ToRpcException(Exception error, Uri address)
    {
        string server = $"{address.Host}:{address.Port}";
        if (Find<HttpProtocolException>(error) is { } protocolError)
        {
            return new RpcException(
                Http2ErrorMapping.ToStatusCode(protocolError.ErrorCode),
                $"{server} ended the call: {protocolError.Message}",
                innerException: error);
        }

        return error switch
        {
            _ when Find<SocketException>(error) is { } socketError
                => Unavailable($"cannot reach {server}: {socketError.Message}", error),
            _ when Find<AuthenticationException>(error) is { } tlsError
                => Unavailable($"cannot make a secure connection to {server}: {tlsError.Message}", error),
            OperationCanceledException
                => Unavailable($"connecting to {server} took too long", error),
            HttpRequestException or IOException
                => Unavailable($"the connection to {server} failed: {error.Message}", error),
            ObjectDisposedException
                => Unavailable($"the channel to {server} is closed", error),
            _ => new RpcException(RpcStatusCode.Internal, $"calling {server} failed: {error.Message}", innerException: error),
        };
    }

    private static RpcException Unavailable(string detail, Exception cause)
        => new(RpcStatusCode.Unavailable, detail, innerException: cause);

    private static T? Find<T>(Exception error)
        where T : Exception
    {
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            if (e is T found)
                return found;
        }

        return null;
    }
}
