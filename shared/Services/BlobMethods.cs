using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Services;

/// <summary>The methods of <c>monorepo.v1.BlobService</c> (blobs.proto), for clients and servers.</summary>
public static class BlobMethods
{
    public const string ServiceName = "monorepo.v1.BlobService";

    public static readonly RpcMethod<GetBlobsRequest, ObjectBatch> GetBlobs = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "GetBlobs", GetBlobsRequest.Parser, ObjectBatch.Parser);

    public static readonly RpcMethod<GetOfferRequest, BlobOffer> GetOffer = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "GetOffer", GetOfferRequest.Parser, BlobOffer.Parser);
}
