namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>One method as the server runs it: reads its requests from the call, writes its responses to it.</summary>
internal sealed class ServerMethod(string serviceName, string name, Func<ServerCall, Task> invoke)
{
    public string ServiceName { get; } = serviceName;

    public string Name { get; } = name;

    public string FullName { get; } = $"/{serviceName}/{name}";

    public Func<ServerCall, Task> Invoke { get; } = invoke;

    public static ServerMethod Unimplemented(string serviceName, string name)
        => new(serviceName, name, static call =>
            throw new RpcException(RpcStatusCode.Unimplemented, $"this server has no method {call.Method}"));
}
