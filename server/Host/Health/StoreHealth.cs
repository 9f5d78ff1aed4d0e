using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Health;

/// <summary>A server with a store is healthy while that is open and takes writes. Thread-safe.</summary>
internal sealed class StoreHealth(RocksDbEngine engine, string dataDirectory) : IServerHealth
{
    /// <summary>Less free space than this and the next flush may fail.</summary>
    public const long FreeBytesMin = 64L << 20;

    private volatile bool _isStopping;

    public void BeginStop() => _isStopping = true;

    public IReadOnlyList<string> FindWarnings() => [];

    public IReadOnlyList<string> FindProblems()
    {
        if (_isStopping)
        {
            return ["the server is stopping"];
        }

        List<string> problems = [];
        try
        {
            StorageStatistics statistics = engine.GetStatistics();
            if (statistics.BackgroundErrors > 0)
            {
                problems.Add($"the store refuses writes after {statistics.BackgroundErrors} background errors; its LOG file says which");
            }
            else if (statistics.IsWriteStopped)
            {
                problems.Add("the store holds writes back until compaction catches up");
            }

            long freeBytes = new DriveInfo(dataDirectory).AvailableFreeSpace;
            if (freeBytes < FreeBytesMin)
            {
                problems.Add($"the disk of the data directory has {freeBytes >> 20} MiB left, at least {FreeBytesMin >> 20} are needed");
            }
        }
        catch (ObjectDisposedException)
        {
            problems.Add("the store is closed");
        }
        catch (Exception e) when (e is StorageException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"the store can't be read: {e.Message}");
        }

        return problems;
    }
}
