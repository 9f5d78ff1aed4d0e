using System.Diagnostics.Metrics;
using Monorepo.Formats.Protos;
using Monorepo.Operations.Statistics;

namespace Monorepo.Operations.Tests.Statistics;

public sealed class MethodStatisticsTests
{
    [Fact]
    public void Calls_are_counted_by_method_from_the_meter_of_the_rpc_server()
    {
        using MethodStatistics statistics = new();
        using Meter meter = new("Monorepo.Rpc.Server");
        Histogram<double> duration = meter.CreateHistogram<double>("rpc.server.duration", "s");
        UpDownCounter<long> active = meter.CreateUpDownCounter<long>("rpc.server.active_calls");
        string name = $"S{Guid.NewGuid():N}";
        KeyValuePair<string, object?> service = new("rpc.service", $"monorepo.v1.{name}");
        KeyValuePair<string, object?> method = new("rpc.method", "Get");
        active.Add(1, service, method);
        active.Add(1, service, method);
        active.Add(-1, service, method);
        duration.Record(0.001, service, method, new("rpc.grpc.status_code", 0));
        duration.Record(0.5, service, method, new("rpc.grpc.status_code", 14));

        MethodCounters counters = Assert.Single(statistics.ToMessages(), m => m.Name == $"{name}/Get");
        Assert.Equal((2UL, 1UL, 1L), (counters.Calls, counters.Failures, counters.Active));
        Assert.Equal([1UL, 1UL], counters.Latency.Counts);
        Assert.Equal(501_000UL, counters.Latency.SumUs);
    }
}
