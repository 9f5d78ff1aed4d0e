using System.Globalization;
using System.Text.Json;

namespace Monorepo.Peers.Measuring;

/// <summary>What a benchmark found, for people and for programs.</summary>
/// <param name="Benchmark">Its name.</param>
/// <param name="Facts">Versions, sizes and circumstances, in the order to show.</param>
/// <param name="Comparisons">In the order to show.</param>
internal sealed record Report(string Benchmark, IReadOnlyList<(string Name, string Value)> Facts, IReadOnlyList<Comparison> Comparisons)
{
    public void Print(TextWriter writer)
    {
        foreach ((string name, string value) in Facts)
        {
            writer.WriteLine($"{name,-10} {value}");
        }

        writer.WriteLine();
        writer.WriteLine($"{"case",-14} {"ours",10} {"received",12}   {"peer",-36} {"theirs",10} {"received",12} {"ratio",8}");
        foreach (Comparison c in Comparisons)
        {
            writer.WriteLine(
                $"{c.Name,-14} {Seconds(c.Ours),10} {Bytes(c.Ours),12}   {c.Peer.Name,-36} {Seconds(c.Peer),10} {Bytes(c.Peer),12} {Ratio(c.Ratio),8}");
        }

        writer.WriteLine();
        foreach (Comparison c in Comparisons)
        {
            writer.WriteLine($"bar {Benchmark}/{c.Name}: {Ratio(c.Ratio)} (at least {c.AtLeast.ToString("0.##", CultureInfo.InvariantCulture)}x) {(c.IsMet ? "ok" : "short")}");
        }
    }

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("benchmark", Benchmark);
        json.WriteStartObject("facts");
        foreach ((string name, string value) in Facts)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartArray("cases");
        foreach (Comparison comparison in Comparisons)
        {
            json.WriteStartObject();
            json.WriteString("name", comparison.Name);
            Write(json, "ours", comparison.Ours);
            Write(json, "peer", comparison.Peer);
            json.WriteNumber("ratio", Math.Round(comparison.Ratio, 3));
            json.WriteNumber("atLeast", comparison.AtLeast);
            json.WriteBoolean("ok", comparison.IsMet);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string side, Series series)
    {
        json.WriteStartObject(side);
        json.WriteString("name", series.Name);
        json.WriteNumber("medianSeconds", Math.Round(series.MedianSeconds, 4));
        json.WriteStartArray("seconds");
        foreach (double seconds in series.Seconds)
        {
            json.WriteNumberValue(Math.Round(seconds, 4));
        }

        json.WriteEndArray();
        if (series.BytesReceived is { } bytes)
            json.WriteNumber("bytesReceived", bytes);
        json.WriteEndObject();
    }

    private static string Seconds(Series series) => string.Create(CultureInfo.InvariantCulture, $"{series.MedianSeconds:0.000} s");

    private static string Bytes(Series series) => series.BytesReceived is { } bytes ? ByteText.Of(bytes) : "-";

    private static string Ratio(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00}x");
}

/// <summary>Sizes for people.</summary>
internal static class ByteText
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    public static string Of(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value : Math.Round(value, 1)):0.#} {s_units[unit]}");
    }
}
