using System.Diagnostics.Metrics;

namespace Monorepo.Memcached;

/// <summary>
/// The meter <c>Monorepo.Memcached</c>, read from <see cref="NodeStatistics"/> when somebody collects, each with the label <c>node</c>:
/// <c>memcached.gets</c> by <c>result</c> (hit, miss, unanswered), <c>memcached.stores</c> by <c>result</c> (stored, failed),
/// <c>memcached.leases</c> by <c>result</c> (won, lost), <c>memcached.errors</c> by <c>kind</c> (connection, timeout, protocol, server, saturated),
/// <c>memcached.bytes</c> by <c>direction</c>, and <c>memcached.up</c>, 1 or 0.
/// </summary>
public sealed class MemcachedMetrics : IDisposable
{
    public const string MeterName = "Monorepo.Memcached";

    private readonly Meter _meter = new(MeterName);
    private readonly Func<IReadOnlyList<NodeStatistics>> _read;

    internal MemcachedMetrics(Func<IReadOnlyList<NodeStatistics>> read)
    {
        _read = read;
        Counter("memcached.gets", "{key}", "Keys asked for.", "result", static n => [("hit", n.Hits), ("miss", n.Misses), ("unanswered", n.UnansweredGets)]);
        Counter("memcached.stores", "{item}", "Items to store.", "result", static n => [("stored", n.Stores), ("failed", n.FailedStores)]);
        Counter("memcached.leases", "{key}", "Misses by whose turn it was to fill them.", "result", static n => [("won", n.LeasesWon), ("lost", n.LeasesLost)]);
        Counter("memcached.errors", "{error}", "Connections lost, commands refused, requests turned away.", "kind", static n =>
            [("connection", n.ConnectionErrors), ("timeout", n.Timeouts), ("protocol", n.ProtocolErrors), ("server", n.ServerErrors), ("saturated", n.Saturations)]);
        Counter("memcached.bytes", "By", "Bytes of the protocol.", "direction", static n => [("sent", n.BytesSent), ("received", n.BytesReceived)]);
        _meter.CreateObservableGauge(
            "memcached.up", () => _read().Select(static n => new Measurement<int>(n.State == NodeState.Up ? 1 : 0, NodeTag(n))), "{node}", "Whether the node is asked.");
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> NodeTag(NodeStatistics node) => new("node", node.Node.ToString());

    private void Counter(string name, string unit, string description, string label, Func<NodeStatistics, (string Value, long Total)[]> totals) =>
        _meter.CreateObservableCounter(
            name,
            () => _read().SelectMany(n => totals(n).Select(t => new Measurement<long>(t.Total, NodeTag(n), new KeyValuePair<string, object?>(label, t.Value)))),
            unit,
            description);
}
