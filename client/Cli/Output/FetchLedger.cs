using System.Globalization;
using System.Text;
using System.Text.Json;
using Monorepo.Cli.Commands;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli.Output;

/// <summary>
/// What a command fetched, for people or programs. JSON: <c>roundTrips</c>, <c>objects</c>, <c>bytesReceived</c>, <c>cacheHits</c>,
/// <c>transports</c> (names), <c>waitedSeconds</c>, <c>seconds</c>, <c>fallbacks</c> (texts) and <c>kinds</c>: by
/// name (<c>history</c>, <c>trees</c>, <c>contents</c>, <c>pathHistory</c>, <c>other</c>) the first six for each that something was asked of.
/// </summary>
public static class FetchLedger
{
    /// <summary>A line of sums, then one for each kind.</summary>
    public static string ToText(FetchReport report, TimeSpan elapsed)
    {
        StringBuilder text = new();
        Append(report.RoundTrips, report.Objects, report.BytesReceived, report.CacheHits, report.Transports, report.Waited);
        text.Append(CultureInfo.InvariantCulture, $", {elapsed.TotalSeconds:0.00} s in all");
        foreach (FetchLine line in report.Lines.Where(static l => !l.IsEmpty))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {NameOf(line.Kind)}: ");
            Append(line.RoundTrips, line.Objects, line.BytesReceived, line.CacheHits, line.Transports, line.Waited);
        }

        return text.ToString();

        void Append(long roundTrips, long objects, long bytes, long cached, IReadOnlyList<string> transports, TimeSpan waited) => text.Append(
            CultureInfo.InvariantCulture,
            $"{roundTrips} round trips, {objects} objects, {bytes} bytes received, {cached} from the cache, by {(transports.Count == 0 ? "nothing" : string.Join('+', transports))}, {waited.TotalSeconds:0.00} s");
    }

    /// <summary>One object on one line.</summary>
    public static string ToJson(FetchReport report, TimeSpan elapsed)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, Options.JsonWriter))
        {
            json.WriteStartObject();
            Write(json, report.RoundTrips, report.Objects, report.BytesReceived, report.CacheHits, report.Transports, report.Waited);
            json.WriteNumber("seconds", Seconds(elapsed));
            WriteNames(json, "fallbacks", report.Fallbacks);
            json.WriteStartObject("kinds");
            foreach (FetchLine line in report.Lines.Where(static l => !l.IsEmpty))
            {
                json.WriteStartObject(NameOf(line.Kind));
                Write(json, line.RoundTrips, line.Objects, line.BytesReceived, line.CacheHits, line.Transports, line.Waited);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static void Write(Utf8JsonWriter json, long roundTrips, long objects, long bytes, long cached, IReadOnlyList<string> transports, TimeSpan waited)
    {
        json.WriteNumber("roundTrips", roundTrips);
        json.WriteNumber("objects", objects);
        json.WriteNumber("bytesReceived", bytes);
        json.WriteNumber("cacheHits", cached);
        WriteNames(json, "transports", transports);
        json.WriteNumber("waitedSeconds", Seconds(waited));
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 6);

    private static string NameOf(FetchKind kind) => kind switch
    {
        FetchKind.History => "history",
        FetchKind.Trees => "trees",
        FetchKind.Contents => "contents",
        FetchKind.PathHistory => "pathHistory",
        _ => "other",
    };
}
