using System.Diagnostics.Metrics;
using Monorepo.Formats.Protos;

namespace Monorepo.Operations.Statistics;

/// <summary>
/// The meter <c>Monorepo.Server</c>: what <c>mr-admin stats</c> shows, for exporters; memcached's nodes have a meter of their own. Everything is read when an exporter asks and costs nothing otherwise.
/// </summary>
public sealed class ServerMeter : IDisposable
{
    public const string Name = "Monorepo.Server";

    private readonly Meter _meter = new(Name);

    public ServerMeter(StatisticsReader statistics)
    {
        _meter.CreateObservableCounter("blobs.requests", () => (long)statistics.ReadBlobs().Requests, "{request}", "Requests for contents that were answered.");
        _meter.CreateObservableCounter("blobs.bytes", () => (long)statistics.ReadBlobs().FoundBytes, "By", "Envelope bytes answered.");
        _meter.CreateObservableCounter("blobs.origin.reads", () => (long)statistics.ReadBlobs().OriginReads, "{read}", "Reads behind the caches.");
        _meter.CreateObservableCounter("blobs.origin.failures", () => (long)statistics.ReadBlobs().OriginFailures, "{read}", "Reads behind the caches that failed.");
        Tiers("hits", static t => t.Hits, "Objects a tier had.");
        Tiers("misses", static t => t.Misses, "Objects a tier did not have.");
        Tiers("rejections", static t => t.Rejections, "Values of a tier that were not what their key says.");
        _meter.CreateObservableGauge(
            "memory.bytes", () => statistics.ReadMemory().Select(static m => Measure(m.Bytes, "owner", m.Name)), "By", "Memory by owner.");

        void Tiers(string name, Func<TierCounters, ulong> value, string text) => _meter.CreateObservableCounter(
            "blobs.tier." + name, () => statistics.ReadBlobs().Tiers.Select(t => Measure(value(t), "tier", t.Name)), "{object}", text);
    }

    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Measure(ulong value, string tag, string name) => new((long)value, new KeyValuePair<string, object?>(tag, name));
}
