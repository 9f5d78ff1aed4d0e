using Microsoft.Extensions.Logging;
using Monorepo.BlobPlane;
using Monorepo.BlobPlane.Caching;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Host.Configuration;
using Monorepo.Memcached;
using Monorepo.Operations;
using Monorepo.Operations.AccessLog;
using Monorepo.Operations.Cache;
using Monorepo.Operations.Statistics;
using Monorepo.Operations.Warming;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Serving;

/// <summary>What operators see of this server and do to it: statistics, the access log, the caches. Dispose it before what it looks at.</summary>
internal sealed class ServerOperations : IServerState, IAsyncDisposable
{
    private const string AccessLogFolder = "access-log";

    private readonly RocksDbEngine? _engine;
    private readonly string? _accessLogFolder;
    private readonly ContentsSource _contents;
    private readonly ILoggerFactory _loggers;
    private readonly AccessLogRecorder _accessLog;

    private readonly BlobReadLatency _latency = new();
    private readonly MethodStatistics _methods = new();
    private readonly ServerMeter _meter;
    private readonly StatisticsReader _statistics;
    private UcxListener? _ucx;

    /// <param name="engine">The caller's; null on an edge, which has none.</param>
    /// <param name="contents">The caller's; observed from now on.</param>
    /// <param name="options">The data directory, where there is one: the access log lies in it.</param>
    /// <param name="loggers">The caller's.</param>
    public ServerOperations(RocksDbEngine? engine, ContentsSource contents, ServerOptions options, ILoggerFactory loggers)
    {
        _engine = engine;
        _contents = contents;
        _loggers = loggers;
        string[] tiers = [.. contents.Source.Statistics.Caches.Select(c => c.Name), OriginName, StatisticsReader.HotSetName];
        _accessLogFolder = options.HasAccessLog ? Path.Combine(Path.GetFullPath(options.DataDirectory), AccessLogFolder) : null;
        _accessLog = new AccessLogRecorder(_accessLogFolder, tiers, TimeProvider.System, loggers.CreateLogger<AccessLogRecorder>());
        _statistics = new StatisticsReader(this, _latency, _methods, TimeProvider.System);
        _meter = new ServerMeter(_statistics);
        contents.Source.Observe(_latency);
        contents.Source.Observe(_accessLog);
    }

    public BlobPlaneStatistics Blobs => _contents.Source.Statistics;

    public string OriginName => _engine is null ? "upstream" : "store";

    public LeaseStatistics? Leases => _contents.Leases;

    public IReadOnlyList<NodeStatistics> Nodes => _contents.Nodes;

    public IReadOnlyList<MemoryOwner> Memory
    {
        get
        {
            if (_engine is null)
            {
                return [.. BlobMemory()];
            }

            StorageMemoryUsage store = _engine.GetMemoryUsage();
            return
            [
                new MemoryOwner { Name = "block-cache", Bytes = (ulong)store.BlockCacheBytes, BytesMax = (ulong)store.BlockCacheBytesMax },
                new MemoryOwner { Name = "memtables", Bytes = (ulong)store.MemtableBytes, BytesMax = (ulong)store.MemtableBytesMax },
                new MemoryOwner { Name = "table-readers", Bytes = (ulong)store.TableReaderBytes },
                .. BlobMemory(),
            ];
        }
    }

    public StoreState? Store
    {
        get
        {
            if (_engine is null)
            {
                return null;
            }

            StorageStatistics statistics = _engine.GetStatistics();
            return new StoreState
            {
                TableBytes = (ulong)statistics.ColumnFamilies.Sum(f => f.TableFileBytes),
                BlobBytes = (ulong)statistics.ColumnFamilies.Sum(f => f.BlobFileBytes),
                CompactionPendingBytes = (ulong)statistics.ColumnFamilies.Sum(f => f.CompactionPendingBytes),
                BackgroundErrors = (ulong)statistics.BackgroundErrors,
                IsWriteStopped = statistics.IsWriteStopped,
                ObjectReads = (ulong)statistics.ObjectReads,
            };
        }
    }

    public UcxState? Ucx => _ucx?.Statistics is { } ucx
        ? new UcxState
        {
            Sessions = (ulong)ucx.Sessions,
            RequestsOpen = (ulong)ucx.RequestsAtSource,
            RequestsServed = (ulong)ucx.RequestsServed,
            ReplyBytes = (ulong)ucx.ReplyBytesSent,
        }
        : null;

    /// <summary>Call it once.</summary>
    /// <param name="repositories">Of the engine; null without.</param>
    /// <param name="ucx">The caller's.</param>
    public OperationsService CreateService(RepositoryDirectory? repositories, UcxListener ucx)
    {
        _ucx = ucx;
        WarmParts parts = new(repositories, _contents.Cache, _contents.Hot, _contents.Origin, _accessLog, _accessLogFolder ?? Path.GetTempPath());
        CacheInspection caches = new(_engine, _contents.Cache, _contents.Hot, _contents.Origin, OriginName);
        return new OperationsService(_statistics, parts, caches, TimeProvider.System, _loggers.CreateLogger<OperationsService>());
    }

    public async ValueTask DisposeAsync()
    {
        await _accessLog.DisposeAsync();
        _meter.Dispose();
        _methods.Dispose();
        _latency.Dispose();
    }

    /// <summary>The native memory of the blob plane. The hot set's limit is its own; all of it together stays within the arena's.</summary>
    private IEnumerable<MemoryOwner> BlobMemory()
    {
        Monorepo.Blobs.Memory.MemoryStatistics memory = _contents.Arena.Statistics;
        foreach ((Monorepo.Blobs.Memory.MemoryOwner owner, long bytes) in memory.HeldBytes)
        {
            yield return owner == Monorepo.Blobs.Memory.MemoryOwner.HotSet
                ? new MemoryOwner { Name = StatisticsReader.HotSetName, Bytes = (ulong)(_contents.Hot?.Statistics.TakenBytes ?? 0), BytesMax = (ulong)(_contents.Hot?.SizeBytes ?? 0) }
                : new MemoryOwner { Name = $"blob-{owner.ToString().ToLowerInvariant()}", Bytes = (ulong)bytes };
        }

        yield return new MemoryOwner { Name = "blob-arena", Bytes = (ulong)memory.TakenBytes, BytesMax = (ulong)memory.LimitBytes };
    }
}
