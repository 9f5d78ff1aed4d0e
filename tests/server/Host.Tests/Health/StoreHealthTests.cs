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
        using HealthReporter reporter = new(new StoreHealth(engine, data.Path), ["", HistoryMethods.ServiceName], registry, new ServerLog(NullLogger.Instance), TimeProvider.System);
        reporter.Report();
        Assert.True(registry.IsServing(HistoryMethods.ServiceName));
        await engine.DisposeAsync();
        reporter.Report();
        Assert.False(registry.IsServing(HistoryMethods.ServiceName));
        Assert.False(registry.IsServing(""));
    }

    [Fact]
    public async Task Problems_are_503_with_their_reasons_and_warnings_200()
    {
        Assert.Equal(
            (503, "application/json", """{"status":"unavailable","reasons":["disk \u0022full\u0022","other"]}"""),
            await AskAsync(new Told(["disk \"full\"", "other"], ["late"])));
        Assert.Equal((200, "application/json", """{"status":"degraded","reasons":["late"]}"""), await AskAsync(new Told([], ["late"])));
        Assert.Equal((200, "text/plain", "ok\n"), await AskAsync(new Told([], [])));
    }

    [Fact]
    public async Task Other_methods_are_not_allowed()
    {
        DefaultHttpContext context = new();
        context.Request.Method = "POST";
        await HealthEndpoint.WriteAsync(context, new Told([], []));
        Assert.Equal(405, context.Response.StatusCode);
    }

    private static async Task<(int Status, string? Type, string Body)> AskAsync(IServerHealth health)
    {
        DefaultHttpContext context = new();
        context.Request.Method = "GET";
        context.Response.Body = new MemoryStream();
        await HealthEndpoint.WriteAsync(context, health);
        return (context.Response.StatusCode, context.Response.ContentType, Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
    }

    private sealed class Told(IReadOnlyList<string> problems, IReadOnlyList<string> warnings) : IServerHealth
    {
        public void BeginStop()
        {
        }

        public IReadOnlyList<string> FindProblems() => problems;

        public IReadOnlyList<string> FindWarnings() => warnings;
    }
}
