using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Services;

/// <summary>The methods of <c>monorepo.v1.AdminService</c> (admin.proto), for clients and servers.</summary>
public static class AdminMethods
{
    public const string ServiceName = "monorepo.v1.AdminService";

    public static readonly RpcMethod<OpenRepositoryRequest, OpenRepositoryResponse> OpenRepository = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "OpenRepository", OpenRepositoryRequest.Parser, OpenRepositoryResponse.Parser);

    public static readonly RpcMethod<FindCommitsRequest, FindCommitsResponse> FindCommits = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "FindCommits", FindCommitsRequest.Parser, FindCommitsResponse.Parser);

    public static readonly RpcMethod<FindObjectsRequest, FindObjectsResponse> FindObjects = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "FindObjects", FindObjectsRequest.Parser, FindObjectsResponse.Parser);

    public static readonly RpcMethod<IngestRequest, IngestResponse> Ingest = RpcMethod.Create(
        RpcMethodKind.ClientStreaming, ServiceName, "Ingest", IngestRequest.Parser, IngestResponse.Parser);
}
