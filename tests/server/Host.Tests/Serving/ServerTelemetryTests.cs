using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Monorepo.Host.Tests.Serving;

public sealed class ServerTelemetryTests
{
    private const string ExportPath = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Metrics_go_to_the_collector_at_the_latest_when_the_server_stops()
    {
        TaskCompletionSource<byte[]> received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication collector = await StartCollectorAsync(received);
        using DataDirectory data = new();
        await using ServerProcess server = await ServerProcess.StartAsync(data.Path, "--otlp", collector.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());

        string metrics = Encoding.Latin1.GetString(await received.Task.WaitAsync(s_deadline));
        foreach (string name in (string[])["monorepod", "blobs.requests", "blobs.tier.hits", "store", "memory.bytes", "block-cache"])
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }
    }

    /// <summary>Takes exports and says that all is well.</summary>
    private static async Task<WebApplication> StartCollectorAsync(TaskCompletionSource<byte[]> received)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication collector = builder.Build();
        collector.Run(async context =>
        {
            Assert.Equal(ExportPath, context.Request.Path);
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            context.Response.ContentType = "application/grpc";
            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(new byte[5]);
            received.TrySetResult(body.ToArray());
        });
        await collector.StartAsync();
        return collector;
    }
}
