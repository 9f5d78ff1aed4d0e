using System.Diagnostics.Metrics;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.History.Push;

/// <summary>
/// The meter <c>Monorepo.Push</c>: <c>push.duration</c> in seconds and so the count, by outcome (<c>accepted</c>, <c>error</c> with the
/// status, or the refusal); <c>push.objects</c> received; <c>push.queue</c>; <c>push.group</c>, pushes written together. Thread-safe.
/// </summary>
public sealed class PushMetrics : IDisposable
{
    public const string MeterName = "Monorepo.Push";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _objects;
    private readonly UpDownCounter<long> _queue;
    private readonly Histogram<int> _group;

    public PushMetrics()
    {
        _duration = _meter.CreateHistogram<double>("push.duration", "s", "Time from a push's head to its answer.");
        _objects = _meter.CreateCounter<long>("push.objects", "{object}", "Objects received and checked.");
        _queue = _meter.CreateUpDownCounter<long>("push.queue", "{push}", "Checked pushes that wait for their repository's writer.");
        _group = _meter.CreateHistogram<int>("push.group", "{push}", "Pushes written together.");
    }

    public void Dispose() => _meter.Dispose();

    internal void Received(int objects) => _objects.Add(objects);

    internal void Queued(int change) => _queue.Add(change);

    internal void Grouped(int pushes) => _group.Record(pushes);

    internal void Answered(PushResponse response, TimeSpan duration)
    {
        PushOutcome? refusal = response.Accepted ? null : response.Results.Select(r => r.Outcome).FirstOrDefault(o => o > PushOutcome.NotAttempted);
        Record(refusal?.ToString() ?? "accepted", duration);
    }

    internal void Failed(RpcStatusCode status, TimeSpan duration) => Record($"error {status}", duration);

    private void Record(string outcome, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("push.outcome", outcome));
}
