using System.Diagnostics.Metrics;
using Monorepo.BlobPlane;
using Monorepo.Blobs;
using Monorepo.Blobs.Hot;
using Monorepo.Core;

namespace Monorepo.Operations.Statistics;

/// <summary>How long requests for contents take, over all transports: for operators, and as <c>blobs.request.duration</c>. Thread-safe.</summary>
public sealed class BlobReadLatency : IBlobReadObserver, IDisposable
{
    private readonly Meter _meter = new(ServerMeter.Name);
    private readonly Histogram<double> _duration;

    public BlobReadLatency() => _duration = _meter.CreateHistogram<double>(
        "blobs.request.duration", "s", "Time from a request for contents to its answer, without sending it.");

    public LatencyHistogram Histogram { get; } = new();

    public void OnAnswered(
        RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<BlobEntry> entries, ReadOnlySpan<byte> tiers, TimeSpan elapsed)
    {
        Histogram.Record(elapsed);
        _duration.Record(elapsed.TotalSeconds);
    }

    public void OnAnsweredHot(RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<HotSlice> envelopes, TimeSpan elapsed)
    {
        Histogram.Record(elapsed);
        _duration.Record(elapsed.TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();
}
