using Monorepo.Host.Health;
using Monorepo.Memcached;

namespace Monorepo.Host.Edge;

/// <summary>An edge is healthy as long as it runs: without its history server it serves what the caches have, and says so. Thread-safe.</summary>
internal sealed class EdgeHealth(OriginLink origin, Func<IReadOnlyList<NodeStatistics>> memcached) : IServerHealth
{
    private volatile bool _isStopping;

    public void BeginStop() => _isStopping = true;

    public IReadOnlyList<string> FindProblems() => _isStopping ? ["the server is stopping"] : [];

    public IReadOnlyList<string> FindWarnings() =>
    [
        .. origin.Problem is { } problem ? [$"{problem}; contents that the caches have are served"] : Array.Empty<string>(),
        .. memcached().Where(static n => n.State != NodeState.Up).Select(static n => $"memcached {n.Node} does not answer; its keys are misses"),
    ];
}
