using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Services;

/// <summary>The methods of <c>monorepo.v1.HistoryService</c> (history.proto), for clients and servers.</summary>
public static class HistoryMethods
{
    public const string ServiceName = "monorepo.v1.HistoryService";

    public static readonly RpcMethod<ListRefsRequest, ListRefsResponse> ListRefs = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "ListRefs", ListRefsRequest.Parser, ListRefsResponse.Parser);

    public static readonly RpcMethod<ReadHistoryRequest, ReadHistoryResponse> ReadHistory = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "ReadHistory", ReadHistoryRequest.Parser, ReadHistoryResponse.Parser);

    public static readonly RpcMethod<ReadCommitsRequest, ReadCommitsResponse> ReadCommits = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "ReadCommits", ReadCommitsRequest.Parser, ReadCommitsResponse.Parser);

    public static readonly RpcMethod<GetTreesRequest, ObjectBatch> GetTrees = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "GetTrees", GetTreesRequest.Parser, ObjectBatch.Parser);

    public static readonly RpcMethod<GetObjectInfoRequest, GetObjectInfoResponse> GetObjectInfo = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "GetObjectInfo", GetObjectInfoRequest.Parser, GetObjectInfoResponse.Parser);

    public static readonly RpcMethod<GetPathHistoryRequest, PathHistoryBlock> GetPathHistory = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "GetPathHistory", GetPathHistoryRequest.Parser, PathHistoryBlock.Parser);

    public static readonly RpcMethod<GetPathEntriesRequest, GetPathEntriesResponse> GetPathEntries = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "GetPathEntries", GetPathEntriesRequest.Parser, GetPathEntriesResponse.Parser);

    public static readonly RpcMethod<GetLastModifiedRequest, GetLastModifiedResponse> GetLastModified = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "GetLastModified", GetLastModifiedRequest.Parser, GetLastModifiedResponse.Parser);

    public static readonly RpcMethod<SubscribeRequest, RefUpdateBatch> Subscribe = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "Subscribe", SubscribeRequest.Parser, RefUpdateBatch.Parser);

    public static readonly RpcMethod<ListRepositoriesRequest, ListRepositoriesResponse> ListRepositories = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "ListRepositories", ListRepositoriesRequest.Parser, ListRepositoriesResponse.Parser);
}
