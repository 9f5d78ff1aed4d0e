using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Monorepo.Rpc.Kestrel.Calls;
using Monorepo.Rpc.Kestrel.Health;

namespace Monorepo.Rpc.Kestrel;

/// <summary>Registers and maps services; the shape follows Grpc.AspNetCore's.</summary>
public static class RpcServiceExtensions
{
    /// <summary>
    /// Adds what the endpoints need, and the <see cref="HealthRegistry"/> with its service. A
    /// <see cref="TimeProvider"/> registered before is used as the clock of deadlines.
    /// </summary>
    public static IServiceCollection AddRpc(this IServiceCollection services, Action<RpcServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddMetrics();
        services.AddOptions<RpcServerOptions>();
        if (configure is not null)
            services.Configure(configure);

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ServerMetrics>();
        services.TryAddSingleton<ServerCallDispatcher>();
        services.TryAddSingleton<HealthRegistry>();
        services.TryAddSingleton<HealthService>();
        return services;
    }

    /// <summary>Maps a service that is registered as a singleton.</summary>
    public static IEndpointConventionBuilder MapRpcService<TService>(this IEndpointRouteBuilder endpoints)
        where TService : class, IRpcService
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapRpcService(endpoints.ServiceProvider.GetRequiredService<TService>());
    }

    /// <summary>
    /// Maps the methods of a service below <c>/its.full.Name/</c>. Methods it does not bind answer UNIMPLEMENTED.
    /// </summary>
    /// <returns>Conventions (authorization, for example) of all its endpoints.</returns>
    public static IEndpointConventionBuilder MapRpcService(this IEndpointRouteBuilder endpoints, IRpcService service)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(service);
        RpcServiceBuilder builder = new(service.ServiceName);
        service.Bind(builder);

        ServerCallDispatcher dispatcher = endpoints.ServiceProvider.GetRequiredService<ServerCallDispatcher>();
        RouteGroupBuilder group = endpoints.MapGroup("/" + service.ServiceName);
        foreach (ServerMethod method in builder.Methods.Values)
            group.Map("/" + method.Name, http => dispatcher.DispatchAsync(http, method)).WithDisplayName(method.FullName);

        ServerMethod unknown = ServerMethod.Unimplemented(service.ServiceName, "{unknown}");
        group.Map("/{rpcMethod}", http => dispatcher.DispatchAsync(http, unknown)).WithDisplayName(unknown.FullName);
        return group;
    }

    /// <summary>
    /// Maps <c>grpc.health.v1.Health</c>, which answers from the <see cref="HealthRegistry"/> of the services.
    /// </summary>
    public static IEndpointConventionBuilder MapRpcHealth(this IEndpointRouteBuilder endpoints)
        => endpoints.MapRpcService<HealthService>();

    /// <summary>
    /// Answers UNIMPLEMENTED for services nobody mapped. Without it they get HTTP status 404, which clients understand the
    /// same way. Takes every path of two segments that nothing else wants, so it does not belong beside a web site.
    /// </summary>
    public static IEndpointConventionBuilder MapRpcUnknownServices(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ServerCallDispatcher dispatcher = endpoints.ServiceProvider.GetRequiredService<ServerCallDispatcher>();
        ServerMethod unknown = ServerMethod.Unimplemented("{unknown}", "{unknown}");
        return endpoints
            .Map("/{rpcService}/{rpcMethod}", http => dispatcher.DispatchAsync(http, unknown))
            .WithDisplayName(unknown.FullName)
            .WithOrder(int.MaxValue);
    }
}
