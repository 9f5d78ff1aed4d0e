using System.Globalization;
using System.Text;
using Monorepo.Formats.Protos;

namespace Monorepo.Admin.Output;

/// <summary>Statistics as a table for people.</summary>
internal static class StatisticsTable
{
    // To the upper left corner; what is left of a longer line, and below the last line, is erased.
    private const string Home = "\e[H";
    private const string EraseLine = "\e[K";
    private const string EraseBelow = "\e[J";

    /// <param name="view">What to show.</param>
    /// <param name="isScreen">Draw over what is on the terminal.</param>
    public static string Format(StatisticsView view, bool isScreen)
    {
        StringBuilder text = new();
        ServerStatistics now = view.Now;
        string time = DateTimeOffset.FromUnixTimeMilliseconds(now.NowUnixMs).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        text.Append($"monorepod {now.Version}  up {view.Uptime:d\\.hh\\:mm\\:ss}  {time} UTC\n\n");
        WriteContents(text, view);
        WriteTiers(text, view);
        WriteMemory(text, now);
        WriteNodes(text, now);
        WriteMethods(text, view);
        WriteRest(text, now);
        return isScreen ? Home + text.Replace("\n", EraseLine + "\n") + EraseBelow : text.ToString();
    }

    private static void WriteContents(StringBuilder text, StatisticsView view)
    {
        BlobPlaneCounters blobs = view.Now.Blobs;
        Latencies latencies = view.BlobLatencies;
        text.Append(
            $"contents   {Quantities.Count(blobs.Requests)} requests ({view.PerSecond(static b => b.Requests):#,0.#}/s)  "
            + $"{Quantities.Count(blobs.Found)} objects ({view.PerSecond(static b => b.Found):#,0.#}/s)  "
            + $"{Quantities.Bytes(blobs.FoundBytes)} ({Quantities.Bytes(view.PerSecond(static b => b.FoundBytes))}/s)  {Quantities.Count(blobs.Missing)} missing\n"
            + $"           p50 {Quantities.Microseconds(latencies.P50)}  p90 {Quantities.Microseconds(latencies.P90)}  p99 {Quantities.Microseconds(latencies.P99)}  "
            + $"reads behind the caches {Quantities.Count(blobs.OriginReads)} ({view.PerSecond(static b => b.OriginReads):#,0.#}/s), "
            + $"{Quantities.Count(blobs.OriginFailures)} failed; spared {Quantities.Count(blobs.OriginCollapsed)} here, {Quantities.Count(blobs.LeasesSpared)} by other servers' reads\n\n");
    }

    private static void WriteTiers(StringBuilder text, StatisticsView view)
    {
        text.Append($"{"tier",-22}{"hits",14}{"misses",14}{"hit rate",10}{"bytes",12}{"rejected",10}{"filled",12}{"failed",10}{"dropped",10}\n");
        foreach (TierCounters tier in view.Now.Blobs.Tiers)
        {
            string rate = view.HitRate(tier) is { } part ? $"{part:0.0 %}" : "-";
            text.Append(
                $"{tier.Name,-22}{Quantities.Count(tier.Hits),14}{Quantities.Count(tier.Misses),14}{rate,10}{Quantities.Bytes(tier.HitBytes),12}"
                + $"{Quantities.Count(tier.Rejections),10}{Quantities.Count(tier.Fills),12}{Quantities.Count(tier.FailedFills),10}{Quantities.Count(tier.DroppedFills),10}\n");
        }

        text.Append('\n');
    }

    private static void WriteMemory(StringBuilder text, ServerStatistics now)
    {
        text.Append($"{"memory",-22}{"bytes",14}{"limit",14}\n");
        foreach (MemoryOwner owner in now.Memory)
            text.Append($"{owner.Name,-22}{Quantities.Bytes(owner.Bytes),14}{(owner.BytesMax == 0 ? "" : Quantities.Bytes(owner.BytesMax)),14}\n");
        text.Append('\n');
    }

    private static void WriteNodes(StringBuilder text, ServerStatistics now)
    {
        if (now.Nodes.Count == 0)
            return;
        text.Append($"{"memcached",-22}{"state",8}{"hits",14}{"misses",14}{"unanswered",12}{"stored",12}{"refused",10}{"errors",8}{"timeouts",10}\n");
        foreach (CacheNodeState node in now.Nodes)
        {
            text.Append(
                $"{node.Node,-22}{node.State,8}{Quantities.Count(node.Hits),14}{Quantities.Count(node.Misses),14}{Quantities.Count(node.Unanswered),12}"
                + $"{Quantities.Count(node.Stores),12}{Quantities.Count(node.FailedStores),10}"
                + $"{Quantities.Count(node.ConnectionErrors + node.ProtocolErrors),8}{Quantities.Count(node.Timeouts),10}\n");
        }

        text.Append('\n');
    }

    private static void WriteMethods(StringBuilder text, StatisticsView view)
    {
        if (view.Now.Methods.Count == 0)
            return;
        text.Append($"{"method",-36}{"calls",12}{"/s",10}{"failed",8}{"active",8}{"p50",10}{"p90",10}{"p99",10}\n");
        foreach (MethodCounters method in view.Now.Methods)
        {
            Latencies latencies = view.LatenciesOf(method);
            text.Append(
                $"{method.Name,-36}{Quantities.Count(method.Calls),12}{view.CallsPerSecond(method),10:#,0.#}{Quantities.Count(method.Failures),8}{method.Active,8}"
                + $"{Quantities.Microseconds(latencies.P50),10}{Quantities.Microseconds(latencies.P90),10}{Quantities.Microseconds(latencies.P99),10}\n");
        }

        text.Append('\n');
    }

    private static void WriteRest(StringBuilder text, ServerStatistics now)
    {
        if (now.Ucx is { } ucx)
            text.Append($"UCX        {ucx.Sessions} sessions, {ucx.RequestsOpen} requests open, {Quantities.Count(ucx.RequestsServed)} served, {Quantities.Bytes(ucx.ReplyBytes)}\n");
        if (now.Store is { } store)
        {
            string problem = store.BackgroundErrors > 0 ? $", {store.BackgroundErrors} background errors" : store.IsWriteStopped ? ", writes wait" : "";
            text.Append(
                $"store      {Quantities.Bytes(store.TableBytes + store.BlobBytes)} on disk, {Quantities.Bytes(store.CompactionPendingBytes)} wait for compaction{problem}\n");
        }

        text.Append(AccessLogReport.Describe(now.AccessLog)).Append('\n');
        foreach (WarmUnderWay warm in now.Warms)
            text.Append($"warming    {warm.Repository}: {Quantities.Count(warm.Objects)} of {Quantities.Count(warm.ObjectsTotal)} objects\n");
    }
}
