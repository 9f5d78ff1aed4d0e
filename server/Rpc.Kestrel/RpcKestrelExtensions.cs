using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Monorepo.Rpc.Kestrel;

/// <summary>Endpoints for gRPC on Kestrel.</summary>
public static class RpcKestrelExtensions
{
    private static readonly TimeSpan KeepAlivePingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeepAlivePingTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Listens for HTTP/2 only, without TLS unless <paramref name="configure"/> says <c>UseHttps</c>. Sets server-wide
    /// limits for long-lived streams too: a slow client is held back instead of cut off, and a dead one is found by pings.
    /// </summary>
    public static void ListenRpc(this KestrelServerOptions kestrel, EndPoint endPoint, Action<ListenOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        ArgumentNullException.ThrowIfNull(endPoint);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = KeepAlivePingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = KeepAlivePingTimeout;
        kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            configure?.Invoke(listen);
        });
    }
}
