using Microsoft.Extensions.Logging;
using Monorepo.BlobPlane.Origins;
using Monorepo.Core;
using Monorepo.History;
using Monorepo.History.Blobs;
using Monorepo.History.Ingest;
using Monorepo.History.Paths;
using Monorepo.History.Push;
using Monorepo.History.RefLog;
using Monorepo.History.Requests;
using Monorepo.Host.Configuration;
using Monorepo.Host.Health;
using Monorepo.Native.Ucx;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Serving;

/// <summary>One run of the server: opens the store, serves until a signal, drains, closes the store last.</summary>
internal static class MonorepoServer
{
    private static readonly string[] s_services = ["", HistoryMethods.ServiceName, BlobMethods.ServiceName, AdminMethods.ServiceName, OperationsMethods.ServiceName];

    /// <param name="options">Checked.</param>
    /// <param name="output">Gets the one ready line; logs go to standard error.</param>
    /// <returns>0, after a signal and an orderly end.</returns>
    /// <exception cref="StartupException">The operator can mend it.</exception>
    /// <exception cref="StorageException">The data directory can't be used.</exception>
    public static async Task<int> RunAsync(ServerOptions options, TextWriter output)
    {
        // First of all, while there are no other threads: it changes the C environment.
        UcxLoad ucxLoad = UcxListener.Load(options);
        using ILoggerFactory loggers = ServerLogging.Create(options);
        ServerLog log = new(loggers.CreateLogger("Monorepo.Host"));
        string data = Path.GetFullPath(options.DataDirectory);

        // Disposed in reverse: nobody asks a tier that is gone, and the store closes last.
        await using RocksDbEngine engine = OpenStore(data, options.MemoryBytes);
        await using ContentsSource contents = new(new StoreOrigin(engine), options, log);
        await using ServerOperations operations = new(engine, contents, options, loggers);
        await using UcxListener ucx = await UcxListener.StartAsync(options, ucxLoad, contents, log);
        EdgeBlobOffers offers = new(options.Edges, ucx.Offers, isForEdgesOnly: options.Role == ServerRole.History);
        await using PathIndexKeeper paths = new(loggers.CreateLogger<PathIndexKeeper>());
        RepositoryDirectory repositories = new(engine, paths);
        using PushService push = new(repositories, options.Rules.Limits, options.Rules.PushesTo, loggers.CreateLogger<PushService>());
        using RefSubscriptions subscriptions = new(TimeProvider.System);
        await using RefLogTrimmer trimmer = new(engine, options.Rules.RefLogOf, TimeProvider.System, loggers.CreateLogger<RefLogTrimmer>());
        IRpcService[] services =
        [
            new HistoryService(repositories, offers, subscriptions, loggers.CreateLogger<HistoryService>(), contents.Cache is null && contents.Hot is null ? null : contents.Source),
            new BlobService(repositories, contents.Source, offers, loggers.CreateLogger<BlobService>()),
            new AdminService(repositories, loggers.CreateLogger<AdminService>()),
            push,
            operations.CreateService(repositories, ucx),
        ];
        using IDisposable? telemetry = ServerTelemetry.Start(options.Otlp);
        await using StoreFolder folder = new(engine, options.FoldEvery, TimeProvider.System, log);
        await using WebServer web = new(options, services, new StoreHealth(engine, data), s_services, subscriptions.Stop, loggers, log);
        await web.StartAsync();
        trimmer.Start();
        folder.Start();

        web.WarnIfExposed(log);
        IReadOnlyList<RepositoryName> names = await engine.ListAsync(CancellationToken.None);
        foreach (RepositoryName name in names)
        {
            paths.Start((await engine.OpenAsync(name, CancellationToken.None))!);
        }

        log.Ready(names.Count, data, $"http://{web.GrpcAddress}", web.HttpText, ucx.AddressText, options.Memcached.Count);
        await output.WriteLineAsync($"ready grpc=http://{web.GrpcAddress} http={web.HttpText} ucx={ucx.AddressText} memcached={options.Memcached.Count} repositories={names.Count}");
        await output.FlushAsync();
        await web.WaitForStopAsync();
        log.Stopped();
        return (int)ExitCode.Ok;
    }

    private static RocksDbEngine OpenStore(string path, long memoryBytes)
    {
        try
        {
            return RocksDbEngine.Open(new RocksDbEngineOptions { Path = path, MemoryBytes = memoryBytes });
        }
        catch (IOException e) when (e is not StorageException)
        {
            throw new StartupException(ExitCode.DataUnusable, $"the data directory '{path}' can't be used: {e.Message} Choose another with --data.", e);
        }
    }
}
