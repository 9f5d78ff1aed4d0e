using Monorepo.Rpc.Protos.Health;
using ServingStatus = Monorepo.Rpc.Protos.Health.HealthCheckResponse.Types.ServingStatus;

namespace Monorepo.Rpc.Kestrel.Health;

/// <summary>The standard <c>grpc.health.v1.Health</c> over a <see cref="HealthRegistry"/>.</summary>
public sealed class HealthService(HealthRegistry registry) : IRpcService
{
    public string ServiceName => HealthMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder
            .Unary(HealthMethods.Check, CheckAsync)
            .ServerStreaming(HealthMethods.Watch, WatchAsync);
    }

    private Task<HealthCheckResponse> CheckAsync(HealthCheckRequest request, RpcServerCallContext context)
        => registry.IsServing(request.Service) is { } isServing
            ? Task.FromResult(new HealthCheckResponse { Status = isServing ? ServingStatus.Serving : ServingStatus.NotServing })
            : throw new RpcException(RpcStatusCode.NotFound, "unknown service");

    private async Task WatchAsync(HealthCheckRequest request, IRpcStreamWriter<HealthCheckResponse> responses, RpcServerCallContext context)
    {
        using HealthRegistry.Watcher watcher = registry.TryWatch(request.Service)
            ?? throw new RpcException(RpcStatusCode.ResourceExhausted, $"more than {HealthRegistry.WatchersMax} health watchers");

        ServingStatus? last = null;
        await foreach (ServingStatus status in watcher.ReadAllAsync(context.CancellationToken))
        {
            if (status == last)
                continue;

            last = status;
            await responses.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
        }
    }
}
