using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Channels;

/// <summary>The checked head of a response: its metadata, and either a body to read or the status already.</summary>
internal sealed class ResponseHead
{
    // Several frames of small messages a read, and a large message in few pieces.
    private const int ReadBufferBytes = 32 * 1024;

    private readonly HttpResponseMessage _response;

    private ResponseHead(HttpResponseMessage response, RpcMetadata headers)
    {
        _response = response;
        Headers = headers;
    }

    public RpcMetadata Headers { get; }

    /// <summary>Null when the response has trailers only.</summary>
    public PipeReader? Body { get; private init; }

    public RpcCompression Encoding { get; private init; }

    /// <summary>Throws <see cref="RpcException"/> for a response that is not gRPC; the response stays the caller's to dispose.</summary>
    public static async Task<ResponseHead> ReadAsync(HttpResponseMessage response, Uri address, CancellationToken cancellationToken)
    {
        HttpHeadersNonValidated headers = response.Headers.NonValidated;
        bool isTrailersOnly = headers.Contains(HeaderNames.Status);
        if (!isTrailersOnly)
            CheckIsGrpc(response, address);
        if (isTrailersOnly)
            return new ResponseHead(response, new RpcMetadata());

        if (!MessageEncoding.TryParse(First(headers, HeaderNames.Encoding), out RpcCompression encoding))
            throw new RpcException(RpcStatusCode.Internal, $"the response uses the unknown encoding '{First(headers, HeaderNames.Encoding)}'");

        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new ResponseHead(response, ToMetadata(headers))
        {
            Body = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBufferBytes, minimumReadSize: ReadBufferBytes / 4)),
            Encoding = encoding,
        };
    }

    /// <summary>The status and trailing metadata, valid after the body was read to its end.</summary>
    public (CallStatus Status, RpcMetadata Trailers) ReadStatus()
    {
        HttpHeadersNonValidated trailers = Body is null ? _response.Headers.NonValidated : _response.TrailingHeaders.NonValidated;
        string? status = First(trailers, HeaderNames.Status);
        if (status is null)
            throw new RpcException(RpcStatusCode.Unknown, "the server ended the response without a grpc-status");

        CallStatus parsed = CallStatus.Parse(status, First(trailers, HeaderNames.Message), First(trailers, HeaderNames.StatusDetails));
        return (parsed, ToMetadata(trailers));
    }

    private static void CheckIsGrpc(HttpResponseMessage response, Uri address)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new RpcException(
                CallStatus.FromHttpStatus(response.StatusCode),
                $"{address.Host}:{address.Port} answered with HTTP status {(int)response.StatusCode} and no grpc-status");
        }

        string? contentType = First(response.Content.Headers.NonValidated, HeaderNames.ContentType);
        if (!HeaderNames.IsGrpcContentType(contentType))
        {
            throw new RpcException(
                RpcStatusCode.Unknown,
                $"{address.Host}:{address.Port} answered with content type '{contentType}', which is not gRPC");
        }
    }

    private static RpcMetadata ToMetadata(HttpHeadersNonValidated headers)
    {
        RpcMetadata metadata = new();
        foreach (KeyValuePair<string, HeaderStringValues> header in headers)
        {
            foreach (string value in header.Value)
            {
                if (!metadata.TryAddFromWire(header.Key, value))
                    throw new RpcException(RpcStatusCode.Internal, $"the server sent a malformed or oversized metadata entry '{header.Key}'");
            }
        }

        return metadata;
    }

    private static string? First(HttpHeadersNonValidated headers, string name)
    {
        if (!headers.TryGetValues(name, out HeaderStringValues values))
            return null;

        foreach (string value in values)
            return value;

        return null;
    }
}
