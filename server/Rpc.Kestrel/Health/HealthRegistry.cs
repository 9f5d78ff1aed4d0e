using System.Threading.Channels;
using ServingStatus = Monorepo.Rpc.Protos.Health.HealthCheckResponse.Types.ServingStatus;

namespace Monorepo.Rpc.Kestrel.Health;

/// <summary>
/// What the health service answers. The empty name is the server as a whole and starts as not serving, so that a server is
/// not sent traffic before somebody says that it is ready. Thread safe.
/// </summary>
public sealed class HealthRegistry
{
    /// <summary>Watchers at a time; each costs an open stream.</summary>
    public const int WatchersMax = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, bool> _serving = new(StringComparer.Ordinal) { [""] = false };
    private readonly HashSet<Watcher> _watchers = [];

    /// <param name="service">Full service name, or empty for the server.</param>
    public void SetServing(string service, bool isServing)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (_lock)
        {
            _serving[service] = isServing;
            foreach (Watcher watcher in _watchers)
            {
                if (string.Equals(watcher.Service, service, StringComparison.Ordinal))
                    watcher.Publish(ToStatus(isServing));
            }
        }
    }

    /// <summary>Null for a service that was never named.</summary>
    public bool? IsServing(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (_lock)
            return _serving.TryGetValue(service, out bool isServing) ? isServing : null;
    }

    /// <summary>A watcher that holds the present status already; null when there are too many. Dispose it.</summary>
    internal Watcher? TryWatch(string service)
    {
        lock (_lock)
        {
            if (_watchers.Count >= WatchersMax)
                return null;

            Watcher watcher = new(this, service);
            _watchers.Add(watcher);
            watcher.Publish(_serving.TryGetValue(service, out bool isServing) ? ToStatus(isServing) : ServingStatus.ServiceUnknown);
            return watcher;
        }
    }

    private static ServingStatus ToStatus(bool isServing) => isServing ? ServingStatus.Serving : ServingStatus.NotServing;

    /// <summary>Holds only the newest status, so that a slow client costs nothing.</summary>
    internal sealed class Watcher(HealthRegistry registry, string service) : IDisposable
    {
        private readonly Channel<ServingStatus> _newest = Channel.CreateBounded<ServingStatus>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

        public string Service { get; } = service;

        public IAsyncEnumerable<ServingStatus> ReadAllAsync(CancellationToken cancellationToken)
            => _newest.Reader.ReadAllAsync(cancellationToken);

        public void Publish(ServingStatus status) => _newest.Writer.TryWrite(status);

        public void Dispose()
        {
            lock (registry._lock)
                registry._watchers.Remove(this);
        }
    }
}
