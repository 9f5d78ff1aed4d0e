using System.Globalization;
using System.Text.Json;

namespace Monorepo.Peers.Measuring;

/// <summary>What a benchmark found, for people and for programs. Filled while it runs.</summary>
/// <param name="benchmark">Its name.</param>
internal sealed class Report(string benchmark)
{
    private readonly List<(string Name, string Value)> _facts = [];
    private readonly List<(string Case, IReadOnlyList<Series> Contestants)> _cases = [];
    private readonly List<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> _tables = [];
    private readonly List<Bar> _bars = [];

    public bool AllMet => _bars.All(bar => bar.IsMet);

    /// <summary>Versions, sizes and circumstances, in the order to show; more about the same thing is added to it.</summary>
    public void Fact(string name, string value)
    {
        int at = _facts.FindIndex(fact => string.Equals(fact.Name, name, StringComparison.Ordinal));
        if (at < 0)
            _facts.Add((name, value));
        else
            _facts[at] = (name, $"{_facts[at].Value}; {value}");
    }

    /// <summary>Ours first; a ratio is shown for each other.</summary>
    public void Case(string name, IEnumerable<Series> contestants) => _cases.Add((name, [.. contestants]));

    /// <summary>Figures that are no contest.</summary>
    public void Table(string title, string[] columns, IReadOnlyList<string[]> rows) => _tables.Add((title, columns, rows));

    public void Bar(Bar bar) => _bars.Add(bar);

    public void Print(TextWriter writer)
    {
        foreach ((string name, string value) in _facts)
        {
            writer.WriteLine($"{name,-10} {value}");
        }

        List<string[]> rows = [];
        foreach ((string name, IReadOnlyList<Series> contestants) in _cases)
        {
            foreach (Series series in contestants)
            {
                rows.Add(
                [
                    name, series.Name, Seconds(series.MedianSeconds), $"{Seconds(series.Seconds.Min())} - {Seconds(series.Seconds.Max())}",
                    series.Bytes is { } bytes ? ByteText.Of(bytes) : "", series.PeakBytes > 0 ? ByteText.Of(series.PeakBytes) : "",
                    series == contestants[0] ? "" : string.Create(CultureInfo.InvariantCulture, $"{series.MedianSeconds / contestants[0].MedianSeconds:0.00}x"),
                ]);
            }
        }

        if (rows.Count > 0)
            PrintTable(writer, "", ["case", "contestant", "median", "range", "bytes", "peak memory", "ratio"], rows);
        foreach ((string title, string[] columns, IReadOnlyList<string[]> tableRows) in _tables)
        {
            PrintTable(writer, title, columns, tableRows);
        }

        writer.WriteLine();
        foreach (Bar bar in _bars)
        {
            writer.WriteLine(bar.ToLine(benchmark));
        }
    }

    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        using FileStream file = File.Create(Path.Combine(folder, benchmark + ".json"));
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("benchmark", benchmark);
        json.WriteStartObject("facts");
        foreach ((string name, string value) in _facts)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        WriteArray(json, "cases", _cases.SelectMany(c => c.Contestants.Select(series => (c.Case, series))), c => Write(json, c.Case, c.series));
        WriteArray(json, "tables", _tables, table =>
        {
            json.WriteString("title", table.Title);
            WriteArray(json, "rows", table.Rows, row =>
            {
                foreach ((string column, string value) in table.Columns.Zip(row))
                {
                    json.WriteString(column, value);
                }
            });
        });
        WriteArray(json, "bars", _bars, bar =>
        {
            json.WriteString("name", bar.Name);
            json.WriteNumber("value", Math.Round(bar.Value, 4));
            json.WriteNumber(bar.IsCeiling ? "atMost" : "atLeast", bar.Limit);
            json.WriteBoolean("ok", bar.IsMet);
        });
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Series series)
    {
        json.WriteString("case", name);
        json.WriteString("contestant", series.Name);
        json.WriteNumber("medianSeconds", Math.Round(series.MedianSeconds, 5));
        json.WriteStartArray("seconds");
        foreach (double seconds in series.Seconds)
        {
            json.WriteNumberValue(Math.Round(seconds, 5));
        }

        json.WriteEndArray();
        if (series.Bytes is { } bytes)
            json.WriteNumber("bytes", bytes);
        if (series.PeakBytes > 0)
            json.WriteNumber("peakBytes", series.PeakBytes);
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void PrintTable(TextWriter writer, string title, string[] columns, IReadOnlyList<string[]> rows)
    {
        writer.WriteLine();
        if (title.Length > 0)
            writer.WriteLine(title);
        int[] widths = [.. columns.Select((column, i) => rows.Select(row => row[i].Length).Append(column.Length).Max())];
        foreach (string[] row in rows.Prepend(columns))
        {
            // Words to the left, figures to the right.
            writer.WriteLine(string.Join("  ", row.Select((cell, i) => IsFigure(i) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
        }

        bool IsFigure(int column) => rows.All(row => row[column].Length == 0 || char.IsAsciiDigit(row[column][0]));
    }

    private static string Seconds(double seconds) => seconds.ToString(seconds < 1 ? "0.0000" : "0.000", CultureInfo.InvariantCulture) + " s";
}
