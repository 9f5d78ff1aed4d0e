namespace Monorepo.Rpc.Wire;

/// <summary>What an HTTP/2 error code means for the call whose stream or connection it ended (doc/PROTOCOL-HTTP2.md).</summary>
public static class Http2ErrorMapping
{
    private const long NoError = 0x0;
    private const long RefusedStream = 0x7;
    private const long Cancel = 0x8;
    private const long EnhanceYourCalm = 0xb;
    private const long InadequateSecurity = 0xc;

    public static RpcStatusCode ToStatusCode(long http2ErrorCode) => http2ErrorCode switch
    {
        // A connection that closes in good order; the protocol document only considers a stream that does so.
        NoError => RpcStatusCode.Unavailable,
        RefusedStream => RpcStatusCode.Unavailable,
        Cancel => RpcStatusCode.Cancelled,
        EnhanceYourCalm => RpcStatusCode.ResourceExhausted,
        InadequateSecurity => RpcStatusCode.PermissionDenied,
        _ => RpcStatusCode.Internal,
    };
}
