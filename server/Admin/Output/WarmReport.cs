using System.Text.Json;
using Monorepo.Formats.Protos;

namespace Monorepo.Admin.Output;

/// <summary>Says what a warm will cost, and then what it did. As JSON both are one object, written at the end.</summary>
internal sealed class WarmReport(TextWriter output, bool json, WarmRequest request)
{
    private const double KeysOf = 65_536;

    public WarmPlan? Plan { get; private set; }

    /// <summary>Null until it is done; stays so in a dry run.</summary>
    public WarmProgress? Result { get; set; }

    public void WritePlan(WarmPlan plan)
    {
        Plan = plan;
        if (json)
            return;
        string about = plan.IsEstimate ? "about " : "";
        output.WriteLine(
            $"plan: {Quantities.Count(plan.Objects)} objects, {about}{Quantities.Bytes(plan.Bytes)} ({about}{Quantities.Bytes(plan.CacheBytes)} of memcached's memory)");
        if (plan.Accesses > 0)
        {
            output.WriteLine(
                $"      would have answered {plan.HitRate:0.0 %} of {Quantities.Count(plan.Accesses)} recorded reads, of {Quantities.Count(plan.AccessedObjects)} objects");
        }

        if (plan.Accesses > 0 && plan.KeysKept < KeysOf)
            output.WriteLine($"      note: only 1 of {KeysOf / plan.KeysKept:0} objects is recorded, and no other is warmed; record all with 'mr-admin access-log on'");
        if (Seconds(plan) is { } seconds)
            output.WriteLine($"      {about}{seconds:#,0} s at {Quantities.Bytes(request.RateBytesPerSecond)}/s");
        output.Flush();
    }

    public void WriteEnd()
    {
        if (json)
        {
            output.WriteLine(JsonText.Object(WriteMembers));
            return;
        }

        if (Result is not { } result)
            return;
        TimeSpan elapsed = TimeSpan.FromMilliseconds(result.ElapsedMs);
        output.WriteLine(
            $"Warmed {request.Repository}: stored {Quantities.Count(result.Stored)} objects ({Quantities.Bytes(result.Bytes)}) in {elapsed.TotalSeconds:0.0} s, "
            + $"{Quantities.Count(result.Skipped)} were there{More(result.Missing, "are not in the store")}{More(result.Failed, "were not taken")}");
    }

    private static string More(ulong count, string what) => count == 0 ? "" : $", {Quantities.Count(count)} {what}";

    private double? Seconds(WarmPlan plan) => request.RateBytesPerSecond == 0 ? null : Math.Ceiling((double)plan.Bytes / request.RateBytesPerSecond);

    private void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteString("repository", request.Repository);
        writer.WriteBoolean("dryRun", request.DryRun);
        if (Plan is { } plan)
        {
            writer.WriteStartObject("plan");
            writer.WriteNumber("objects", plan.Objects);
            writer.WriteNumber("bytes", plan.Bytes);
            writer.WriteNumber("cacheBytes", plan.CacheBytes);
            writer.WriteBoolean("isEstimate", plan.IsEstimate);
            if (plan.Accesses > 0)
            {
                writer.WriteNumber("hitRate", plan.HitRate);
                writer.WriteNumber("accesses", plan.Accesses);
                writer.WriteNumber("accessedObjects", plan.AccessedObjects);
                writer.WriteNumber("keysKept", plan.KeysKept / KeysOf);
            }

            if (Seconds(plan) is { } seconds)
                writer.WriteNumber("seconds", seconds);
            writer.WriteEndObject();
        }

        if (Result is { } result)
        {
            writer.WriteStartObject("result");
            writer.WriteNumber("objects", result.Objects);
            writer.WriteNumber("stored", result.Stored);
            writer.WriteNumber("skipped", result.Skipped);
            writer.WriteNumber("missing", result.Missing);
            writer.WriteNumber("failed", result.Failed);
            writer.WriteNumber("bytes", result.Bytes);
            writer.WriteNumber("elapsedMs", result.ElapsedMs);
            writer.WriteEndObject();
        }
    }
}
