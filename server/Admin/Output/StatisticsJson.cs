using System.Text.Json;
using Monorepo.Formats.Protos;

namespace Monorepo.Admin.Output;

/// <summary>Statistics as one JSON object; server/README.md lists its members, which stay.</summary>
internal static class StatisticsJson
{
    public static string Format(StatisticsView view) => JsonText.Object(writer =>
    {
        ServerStatistics now = view.Now;
        writer.WriteString("version", now.Version);
        writer.WriteString("time", DateTimeOffset.FromUnixTimeMilliseconds(now.NowUnixMs));
        writer.WriteNumber("uptimeMs", (long)view.Uptime.TotalMilliseconds);
        writer.WriteNumber("intervalMs", (long)view.Interval.TotalMilliseconds);
        WriteContents(writer, view);
        writer.WriteObjects("memory", now.Memory, owner =>
        {
            writer.WriteString("owner", owner.Name);
            writer.WriteNumber("bytes", owner.Bytes);
            writer.WriteNumber("bytesMax", owner.BytesMax);
        });
        writer.WriteObjects("memcached", now.Nodes, node => WriteNode(writer, node));
        writer.WriteObjects("methods", now.Methods, method => WriteMethod(writer, view, method));
        WriteStore(writer, now.Store);
        WriteUcx(writer, now.Ucx);
        writer.WriteStartObject("accessLog");
        AccessLogReport.WriteMembers(writer, now.AccessLog);
        writer.WriteEndObject();
        writer.WriteObjects("warms", now.Warms, warm =>
        {
            writer.WriteString("repository", warm.Repository);
            writer.WriteNumber("objects", warm.Objects);
            writer.WriteNumber("objectsTotal", warm.ObjectsTotal);
        });
    });

    private static void WriteContents(Utf8JsonWriter writer, StatisticsView view)
    {
        BlobPlaneCounters blobs = view.Now.Blobs;
        writer.WriteStartObject("contents");
        writer.WriteNumber("requests", blobs.Requests);
        writer.WriteNumber("requestsPerSecond", Math.Round(view.PerSecond(static b => b.Requests), 3));
        writer.WriteNumber("found", blobs.Found);
        writer.WriteNumber("missing", blobs.Missing);
        writer.WriteNumber("deferred", blobs.Deferred);
        writer.WriteNumber("bytes", blobs.FoundBytes);
        writer.WriteNumber("bytesPerSecond", Math.Round(view.PerSecond(static b => b.FoundBytes), 3));
        WriteLatencies(writer, view.BlobLatencies);
        writer.WriteNumber("originReads", blobs.OriginReads);
        writer.WriteNumber("originFailures", blobs.OriginFailures);
        writer.WriteNumber("originCollapsed", blobs.OriginCollapsed);
        writer.WriteNumber("leasesWon", blobs.LeasesWon);
        writer.WriteNumber("leasesSpared", blobs.LeasesSpared);
        writer.WriteNumber("leasesTimedOut", blobs.LeasesTimedOut);
        writer.WriteObjects("tiers", blobs.Tiers, tier =>
        {
            writer.WriteString("name", tier.Name);
            writer.WriteNumber("hits", tier.Hits);
            writer.WriteNumber("misses", tier.Misses);
            if (view.HitRate(tier) is { } rate)
                writer.WriteNumber("hitRate", Math.Round(rate, 6));
            else
                writer.WriteNull("hitRate");
            writer.WriteNumber("hitBytes", tier.HitBytes);
            writer.WriteNumber("rejections", tier.Rejections);
            writer.WriteNumber("fills", tier.Fills);
            writer.WriteNumber("failedFills", tier.FailedFills);
            writer.WriteNumber("droppedFills", tier.DroppedFills);
        });
        writer.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter writer, CacheNodeState node)
    {
        writer.WriteString("node", node.Node);
        writer.WriteString("state", node.State);
        writer.WriteNumber("hits", node.Hits);
        writer.WriteNumber("misses", node.Misses);
        writer.WriteNumber("unanswered", node.Unanswered);
        writer.WriteNumber("stores", node.Stores);
        writer.WriteNumber("failedStores", node.FailedStores);
        writer.WriteNumber("connectionErrors", node.ConnectionErrors);
        writer.WriteNumber("timeouts", node.Timeouts);
        writer.WriteNumber("protocolErrors", node.ProtocolErrors);
        writer.WriteNumber("bytesReceived", node.BytesReceived);
        writer.WriteNumber("bytesSent", node.BytesSent);
    }

    private static void WriteMethod(Utf8JsonWriter writer, StatisticsView view, MethodCounters method)
    {
        writer.WriteString("name", method.Name);
        writer.WriteNumber("calls", method.Calls);
        writer.WriteNumber("callsPerSecond", Math.Round(view.CallsPerSecond(method), 3));
        writer.WriteNumber("failures", method.Failures);
        writer.WriteNumber("active", method.Active);
        WriteLatencies(writer, view.LatenciesOf(method));
    }

    private static void WriteStore(Utf8JsonWriter writer, StoreState? store)
    {
        if (store is null)
        {
            writer.WriteNull("store");
            return;
        }

        writer.WriteStartObject("store");
        writer.WriteNumber("tableBytes", store.TableBytes);
        writer.WriteNumber("blobBytes", store.BlobBytes);
        writer.WriteNumber("compactionPendingBytes", store.CompactionPendingBytes);
        writer.WriteNumber("backgroundErrors", store.BackgroundErrors);
        writer.WriteBoolean("isWriteStopped", store.IsWriteStopped);
        writer.WriteNumber("objectReads", store.ObjectReads);
        writer.WriteEndObject();
    }

    private static void WriteUcx(Utf8JsonWriter writer, UcxState? ucx)
    {
        if (ucx is null)
        {
            writer.WriteNull("ucx");
            return;
        }

        writer.WriteStartObject("ucx");
        writer.WriteNumber("sessions", ucx.Sessions);
        writer.WriteNumber("requestsOpen", ucx.RequestsOpen);
        writer.WriteNumber("requestsServed", ucx.RequestsServed);
        writer.WriteNumber("replyBytes", ucx.ReplyBytes);
        writer.WriteEndObject();
    }

    private static void WriteLatencies(Utf8JsonWriter writer, Latencies latencies)
    {
        writer.WriteStartObject("latencyUs");
        writer.WriteNumber("p50", latencies.P50);
        writer.WriteNumber("p90", latencies.P90);
        writer.WriteNumber("p99", latencies.P99);
        writer.WriteEndObject();
    }
}
