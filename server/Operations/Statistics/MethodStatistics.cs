using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Monorepo.Formats.Protos;

namespace Monorepo.Operations.Statistics;

/// <summary>
/// Calls, failures and latencies of each gRPC method, from the meter <c>Monorepo.Rpc.Server</c>: what an exporter sends and what operators are shown
/// are the same measurements. Thread-safe.
/// </summary>
public sealed class MethodStatistics : IDisposable
{
    private const string MeterName = "Monorepo.Rpc.Server";
    private const string Duration = "rpc.server.duration";
    private const string Active = "rpc.server.active_calls";

    /// <summary>Methods told apart. The server has far fewer, and calls of none of its own share one name.</summary>
    private const int MethodsMax = 1_024;

    private readonly ConcurrentDictionary<(string Service, string Method), Entry> _methods = new();
    private readonly MeterListener _listener = new();

    public MethodStatistics()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == MeterName && instrument.Name is Duration or Active)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => Ended(seconds, tags));
        _listener.SetMeasurementEventCallback<long>((_, change, tags, _) => Find(tags)?.ChangeActive(change));
        _listener.Start();
    }

    /// <summary>Those that were called, sorted by name.</summary>
    public IEnumerable<MethodCounters> ToMessages() => _methods
        .Select(static m => m.Value.ToMessage($"{ShortName(m.Key.Service)}/{m.Key.Method}"))
        .OrderBy(static m => m.Name, StringComparer.Ordinal);

    public void Dispose() => _listener.Dispose();

    private static string ShortName(string service) => service[(service.LastIndexOf('.') + 1)..];

    private void Ended(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        bool isFailure = false;
        foreach (KeyValuePair<string, object?> tag in tags)
            isFailure |= tag is { Key: "rpc.grpc.status_code", Value: int and not 0 };
        Find(tags)?.Ended(TimeSpan.FromSeconds(seconds), isFailure);
    }

    private Entry? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string service = "", method = "";
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Key == "rpc.service")
                service = tag.Value as string ?? "";
            else if (tag.Key == "rpc.method")
                method = tag.Value as string ?? "";
        }

        if (_methods.TryGetValue((service, method), out Entry? entry))
            return entry;
        return _methods.Count < MethodsMax ? _methods.GetOrAdd((service, method), static _ => new Entry()) : null;
    }

    private sealed class Entry
    {
        private readonly LatencyHistogram _latency = new();
        private long _calls;
        private long _failures;
        private long _active;

        public void Ended(TimeSpan duration, bool isFailure)
        {
            _latency.Record(duration);
            Interlocked.Increment(ref _calls);
            if (isFailure)
                Interlocked.Increment(ref _failures);
        }

        public void ChangeActive(long change) => Interlocked.Add(ref _active, change);

        public MethodCounters ToMessage(string name) => new()
        {
            Name = name,
            Calls = (ulong)Interlocked.Read(ref _calls),
            Failures = (ulong)Interlocked.Read(ref _failures),
            Active = Interlocked.Read(ref _active),
            Latency = _latency.ToMessage(),
        };
    }
}
