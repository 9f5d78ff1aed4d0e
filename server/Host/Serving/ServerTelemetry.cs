using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Monorepo.Host.Serving;

/// <summary>Sends every meter of ours to an OpenTelemetry collector, at the exporter's own interval (60 s, or OTEL_METRIC_EXPORT_INTERVAL).</summary>
internal static class ServerTelemetry
{
    private const string OurMeters = "Monorepo.*";
    private const string Service = "monorepod";

    /// <returns>Sends until it is disposed, which sends a last time; null where there is no collector.</returns>
    public static IDisposable? Start(Uri? collector) => collector is null
        ? null
        : Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(Service))
            .AddMeter(OurMeters)
            // From microseconds to minutes in one resolution; explicit buckets would have to be guessed.
            .AddView(static instrument => instrument.Unit == "s" ? new Base2ExponentialBucketHistogramConfiguration() : null)
            .AddOtlpExporter(exporter => exporter.Endpoint = collector)
            .Build();
}
