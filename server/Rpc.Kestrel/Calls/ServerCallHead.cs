using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>The request headers of a call, checked.</summary>
internal sealed record ServerCallHead(RpcMetadata Metadata, TimeSpan? Timeout, RpcCompression RequestEncoding, bool AcceptsGzip)
{
    public static ServerCallHead Empty { get; } = new(new RpcMetadata(), null, RpcCompression.Identity, false);

    /// <exception cref="RpcException">The headers break the protocol.</exception>
    public static ServerCallHead Parse(IHeaderDictionary headers)
    {
        TimeSpan? timeout = null;
        if (First(headers, HeaderNames.Timeout) is { } timeoutText)
        {
            if (!TimeoutHeader.TryParse(timeoutText, out TimeSpan parsed))
                throw new RpcException(RpcStatusCode.Internal, "the grpc-timeout header is malformed");

            timeout = parsed > RpcLimits.TimeoutMax ? null : parsed;
        }

        string? encodingName = First(headers, HeaderNames.Encoding);
        if (!MessageEncoding.TryParse(encodingName, out RpcCompression encoding))
            throw new RpcException(RpcStatusCode.Unimplemented, $"this server does not know the message encoding '{encodingName}'");

        return new ServerCallHead(
            ParseMetadata(headers), timeout, encoding, MessageEncoding.AcceptsGzip(headers[HeaderNames.AcceptEncoding].ToString()));
    }

    private static RpcMetadata ParseMetadata(IHeaderDictionary headers)
    {
        RpcMetadata metadata = new();
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            foreach (string? value in header.Value)
            {
                if (!metadata.TryAddFromWire(header.Key, value ?? ""))
                    throw new RpcException(RpcStatusCode.Internal, $"the metadata entry '{header.Key}' is malformed or too large");
            }
        }

        return metadata;
    }

    private static string? First(IHeaderDictionary headers, string name)
    {
        StringValues values = headers[name];
        return values.Count == 0 ? null : values[0];
    }
}
