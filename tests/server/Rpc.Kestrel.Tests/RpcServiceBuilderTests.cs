using Monorepo.Rpc.Tests.Interop;

namespace Monorepo.Rpc.Kestrel.Tests;

public sealed class RpcServiceBuilderTests
{
    [Fact]
    public void Misuse_is_refused_when_binding()
    {
        RpcServiceBuilder builder = new(InteropMethods.ServiceName);
        builder.Unary(InteropMethods.Echo, (_, _) => Task.FromResult(new Note()));
        Assert.Throws<ArgumentException>(() => builder.Unary(InteropMethods.Echo, (_, _) => Task.FromResult(new Note())));
        Assert.Throws<ArgumentException>(() => builder.Unary(InteropMethods.Count, (_, _) => Task.FromResult(new Note())));
        Assert.Throws<ArgumentException>(() => new RpcServiceBuilder("other.Service").Unary(InteropMethods.Echo, (_, _) => Task.FromResult(new Note())));
    }
}
