using System.Diagnostics.Metrics;

namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>
/// The meter <c>Monorepo.Rpc.Server</c>: <c>rpc.server.duration</c> in seconds by service, method and status, and
/// <c>rpc.server.active_calls</c>. Methods nobody bound share one name, so that clients cannot grow the tag set.
/// </summary>
internal sealed class ServerMetrics
{
    public const string MeterName = "Monorepo.Rpc.Server";

    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _active;

    public ServerMetrics(IMeterFactory meterFactory)
    {
        Meter meter = meterFactory.Create(MeterName);
        _duration = meter.CreateHistogram<double>("rpc.server.duration", "s", "Time from a call's headers to its status.");
        _active = meter.CreateUpDownCounter<long>("rpc.server.active_calls", "{call}", "Calls in progress.");
    }

    public void Started(ServerMethod method) => _active.Add(1, Service(method), Method(method));

    public void Finished(ServerMethod method, RpcStatusCode status, TimeSpan duration)
    {
        _active.Add(-1, Service(method), Method(method));
        _duration.Record(
            duration.TotalSeconds,
            Service(method),
            Method(method),
            new KeyValuePair<string, object?>("rpc.grpc.status_code", (int)status));
    }

    private static KeyValuePair<string, object?> Service(ServerMethod method) => new("rpc.service", method.ServiceName);

    private static KeyValuePair<string, object?> Method(ServerMethod method) => new("rpc.method", method.Name);
}
