using Monorepo.Rpc.Kestrel.Health;
using Monorepo.Rpc.Protos.Health;
using ServingStatus = Monorepo.Rpc.Protos.Health.HealthCheckResponse.Types.ServingStatus;

namespace Monorepo.Rpc.Kestrel.Tests.Health;

public sealed class HealthServiceTests(RpcServerFixture server) : IClassFixture<RpcServerFixture>
{
    [Fact]
    public async Task Watch_sends_the_state_and_every_change()
    {
        using RpcChannel channel = new(server.Address);
        using RpcServerStreamingCall<HealthCheckResponse> call = channel.ServerStreaming(
            HealthMethods.Watch, new HealthCheckRequest { Service = "history" }, RpcCallOptions.NoDeadline);

        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync());
        server.Health.SetServing("history", true);
        Assert.Equal(ServingStatus.Serving, await NextAsync());
        server.Health.SetServing("history", false);
        Assert.Equal(ServingStatus.NotServing, await NextAsync());

        HealthCheckResponse checkedOnce = await channel.UnaryAsync(HealthMethods.Check, new HealthCheckRequest { Service = "history" });
        Assert.Equal(ServingStatus.NotServing, checkedOnce.Status);

        async Task<ServingStatus> NextAsync()
        {
            Assert.True(await call.ResponseStream.MoveNextAsync());
            return call.ResponseStream.Current.Status;
        }
    }

    [Fact]
    public void Watchers_are_limited_and_give_their_place_back()
    {
        HealthRegistry registry = new();
        List<HealthRegistry.Watcher> watchers = [.. Enumerable.Range(0, HealthRegistry.WatchersMax).Select(_ => registry.TryWatch("")!)];
        Assert.Null(registry.TryWatch(""));
        watchers[0].Dispose();
        Assert.NotNull(registry.TryWatch(""));
    }
}
