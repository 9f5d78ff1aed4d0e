namespace Monorepo.Rpc.Kestrel;

/// <summary>An implementation of the methods of one .proto service. One instance serves all calls, so it is thread safe.</summary>
public interface IRpcService
{
    /// <summary>Full name with the package, for example <c>grpc.health.v1.Health</c>.</summary>
    string ServiceName { get; }

    /// <summary>Names a handler for each method; what is not bound answers UNIMPLEMENTED. Called once.</summary>
    void Bind(RpcServiceBuilder builder);
}
