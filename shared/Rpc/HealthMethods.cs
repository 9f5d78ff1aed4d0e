using Monorepo.Rpc.Protos.Health;

namespace Monorepo.Rpc;

/// <summary>The standard health checking service, for clients and servers.</summary>
public static class HealthMethods
{
    public const string ServiceName = "grpc.health.v1.Health";

    public static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Check = RpcMethod.Create(
        RpcMethodKind.Unary, ServiceName, "Check", HealthCheckRequest.Parser, HealthCheckResponse.Parser);

    public static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Watch = RpcMethod.Create(
        RpcMethodKind.ServerStreaming, ServiceName, "Watch", HealthCheckRequest.Parser, HealthCheckResponse.Parser);
}
