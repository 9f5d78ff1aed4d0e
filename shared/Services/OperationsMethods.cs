using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Services;

/// <summary>The methods of <c>monorepo.v1.OperationsService</c> (operations.proto), for clients and servers.</summary>
public static class OperationsMethods
{
    public const string ServiceName = "monorepo.v1.OperationsService";

    public static readonly RpcMethod<GetStatisticsRequest, ServerStatistics> GetStatistics = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "GetStatistics", GetStatisticsRequest.Parser, ServerStatistics.Parser);

    public static readonly RpcMethod<WarmRequest, WarmResponse> Warm = RpcMethod.Create(
        RpcMethodKind.Duplex, ServiceName, "Warm", WarmRequest.Parser, WarmResponse.Parser);

    public static readonly RpcMethod<InspectObjectRequest, InspectObjectResponse> InspectObject = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "InspectObject", InspectObjectRequest.Parser, InspectObjectResponse.Parser);

    public static readonly RpcMethod<FlushCacheRequest, FlushCacheResponse> FlushCache = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "FlushCache", FlushCacheRequest.Parser, FlushCacheResponse.Parser);

    public static readonly RpcMethod<GetAccessLogRequest, AccessLogStatus> GetAccessLog = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "GetAccessLog", GetAccessLogRequest.Parser, AccessLogStatus.Parser);

    public static readonly RpcMethod<SetAccessLogRequest, AccessLogStatus> SetAccessLog = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "SetAccessLog", SetAccessLogRequest.Parser, AccessLogStatus.Parser);

    public static readonly RpcMethod<ExportAccessLogRequest, AccessBatch> ExportAccessLog = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "ExportAccessLog", ExportAccessLogRequest.Parser, AccessBatch.Parser);
}
