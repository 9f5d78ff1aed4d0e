using Microsoft.Extensions.Logging;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Blobs.Ucx;
using Monorepo.History.Blobs;
using Monorepo.History.Trees;
using Monorepo.Host.Configuration;
using Monorepo.Host.Serving;
using Monorepo.Native.Ucx;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;

namespace Monorepo.Host.Edge;

/// <summary>
/// One run of an edge (<c>--role blobs</c>): no store; contents and trees from memcached, and what is not there from the history server, which may
/// be away for as long as it likes as far as the caches reach.
/// </summary>
internal static class EdgeServer
{
    private static readonly string[] s_services = ["", BlobMethods.ServiceName, OperationsMethods.ServiceName];

    /// <param name="options">Checked; with an origin.</param>
    /// <param name="output">Gets the one ready line; logs go to standard error.</param>
    /// <returns>0, after a signal and an orderly end.</returns>
    /// <exception cref="StartupException">The operator can mend it.</exception>
    public static async Task<int> RunAsync(ServerOptions options, TextWriter output)
    {
        // First of all, while there are no other threads: it changes the C environment.
        UcxLoad ucxLoad = UcxListener.Load(options);
        using ILoggerFactory loggers = ServerLogging.Create(options);
        ServerLog log = new(loggers.CreateLogger("Monorepo.Host"));

        await using OriginLink origin = new(options.Origin!, ucxLoad.IsUsable ? new UcxTransports() : null, log, TimeProvider.System);
        await using ContentsSource contents = new(new TransportOrigin(origin), options, log);
        await using ServerOperations operations = new(engine: null, contents, options, loggers);
        await using UcxListener ucx = await UcxListener.StartAsync(options, ucxLoad, contents, log);
        IRpcService[] services =
        [
            new TreeService(name => new BlobObjectStore(contents.Source, name, BlobReadOptions.None), loggers.CreateLogger<TreeService>()),
            new BlobService(repositories: null, contents.Source, ucx.Offers, loggers.CreateLogger<BlobService>()),
            operations.CreateService(repositories: null, ucx),
        ];
        using IDisposable? telemetry = ServerTelemetry.Start(options.Otlp);
        EdgeHealth health = new(origin, () => contents.Nodes);
        await using WebServer web = new(options, services, health, s_services, static () => { }, loggers, log);
        await web.StartAsync();
        web.WarnIfExposed(log);
        log.EdgeReady(options.Origin!, $"http://{web.GrpcAddress}", web.HttpText, ucx.AddressText, options.Memcached.Count);
        await output.WriteLineAsync($"ready grpc=http://{web.GrpcAddress} http={web.HttpText} ucx={ucx.AddressText} memcached={options.Memcached.Count} origin={options.Origin!.GetLeftPart(UriPartial.Authority)}");
        await output.FlushAsync();
        await web.WaitForStopAsync();
        log.Stopped();
        return (int)ExitCode.Ok;
    }
}
