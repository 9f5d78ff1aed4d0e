using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Host.Health;
using Monorepo.Host.Serving;
using Monorepo.Host.Tests.Serving;
using Monorepo.Rpc.Kestrel.Health;
using Monorepo.Services;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Tests.Health;

public sealed class StoreHealthTests
{
    [Fact]
    public async Task A_closed_store_and_a_stopping_server_are_problems()
    {
        using DataDirectory data = new();
        RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = data.Path, MemoryBytes = 64L << 20 });
        StoreHealth health = new(engine, data.Path);
        Assert.Empty(health.FindProblems());
        await engine.DisposeAsync();
        Assert.Contains("closed", Assert.Single(health.FindProblems()), StringComparison.Ordinal);
        health.BeginStop();
        Assert.Contains("stopping", Assert.Single(health.FindProblems()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_grpc_health_follows_the_store()
    {
        using DataDirectory data = new();
        RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = data.Path, MemoryBytes = 64L << 20 });
        HealthRegistry registry = new();
        using HealthReporter reporter = new(new StoreHealth(engine, data.Path), registry, new ServerLog(NullLogger.Instance), TimeProvider.System);
        reporter.Report();
        Assert.True(registry.IsServing(HistoryMethods.ServiceName));
        await engine.DisposeAsync();
        reporter.Report();
        Assert.False(registry.IsServing(HistoryMethods.ServiceName));
        Assert.False(registry.IsServing(""));
    }

    [Fact]
    public async Task Problems_are_503_with_their_reasons()
    {
        DefaultHttpContext context = new();
        context.Request.Method = "GET";
        context.Response.Body = new MemoryStream();
        await HealthEndpoint.WriteAsync(context, ["disk \"full\"", "other"]);
        Assert.Equal((503, "application/json"), (context.Response.StatusCode, context.Response.ContentType));
        string body = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        Assert.Equal("""{"status":"unavailable","reasons":["disk \u0022full\u0022","other"]}""", body);
    }

    [Fact]
    public async Task Other_methods_are_not_allowed()
    {
        DefaultHttpContext context = new();
        context.Request.Method = "POST";
        await HealthEndpoint.WriteAsync(context, []);
        Assert.Equal(405, context.Response.StatusCode);
    }
}
