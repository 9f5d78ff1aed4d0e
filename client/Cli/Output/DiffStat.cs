using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Cli.Output.Changes;
using Monorepo.Native.Git2;
using Monorepo.Workspace.Diff;

namespace Monorepo.Cli.Output;

/// <summary>A table of changed files with their changed lines, as <c>git diff --stat</c> prints it. Not thread-safe.</summary>
/// <param name="columns">How wide it may be.</param>
/// <param name="size">Further limits; its width does not count.</param>
public sealed class DiffStat(int columns, DiffStatSize size = default) : IDisposable
{
    /// <summary>Where nobody says how wide the output is.</summary>
    public const int ColumnsDefault = 80;

    private const string Binary = "Bin";
    private const int GraphColumnsMin = 6;
    private const int NameColumnsMin = 16;

    private readonly PatchFormatter _counter = new(new PatchOptions());
    private readonly List<Row> _rows = [];

    public void Add(FileChange change, PatchSide before, PatchSide after)
    {
        byte[] name = NameOf(change);
        if (!before.IsAbsent && !after.IsAbsent && before.Id == after.Id)
        {
            _rows.Add(new Row(name, 0, 0, PatchFormatter.LooksBinary(before.Content.Span)));
            return;
        }

        ReadOnlySpan<byte> old = before.IsAbsent ? default : PatchWriter.ContentOf(before).Span;
        ReadOnlySpan<byte> now = after.IsAbsent ? default : PatchWriter.ContentOf(after).Span;
        if (PatchFormatter.LooksBinary(old) || PatchFormatter.LooksBinary(now))
        {
            _rows.Add(new Row(name, now.Length, old.Length, IsBinary: true));
            return;
        }

        PatchSummary summary = _counter.Count(old, now);
        _rows.Add(new Row(name, summary.LinesAdded, summary.LinesDeleted, IsBinary: false));
    }

    /// <summary>Prints the rows and the sums.</summary>
    public void Write(OutputStream output)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        List<Row> shown = size.Rows > 0 && size.Rows < _rows.Count ? _rows[..size.Rows] : _rows;
        long changesMax = shown.Where(static r => !r.IsBinary).Select(static r => r.Added + r.Deleted).DefaultIfEmpty().Max();
        int binaryColumns = shown.Where(static r => r.IsBinary).Select(static r => 14 + Digits(r.Added) + Digits(r.Deleted)).DefaultIfEmpty().Max();
        int numberColumns = Math.Max(Digits(changesMax), binaryColumns > 0 ? Binary.Length : 0);
        (int nameColumns, int graphColumns) = Share(shown.Max(static r => WidthOf(r.Name)), changesMax, binaryColumns, numberColumns);
        foreach (Row row in shown)
        {
            WriteName(row.Name, nameColumns, output);
            if (row.IsBinary)
            {
                WriteSizes(output, row, numberColumns);
                continue;
            }

            long changes = row.Added + row.Deleted;
            output.Text(changes.ToString(CultureInfo.InvariantCulture).PadLeft(numberColumns));
            (int plus, int minus) = graphColumns <= changesMax ? Scale(row, graphColumns, changesMax) : ((int)row.Added, (int)row.Deleted);
            output.Text(changes == 0 ? "" : " ");
            WriteGraph(output, Ansi.Green, '+', plus);
            WriteGraph(output, Ansi.Red, '-', minus);
            output.Text("\n");
        }

        output.Text(shown.Count < _rows.Count ? " ...\n" : "");
        WriteSums(output);
    }

    /// <summary>Prints added lines, deleted lines and the name of each file.</summary>
    public void WriteNumbers(OutputStream output)
    {
        foreach (Row row in _rows)
        {
            output.Text(row.IsBinary ? "-\t-\t" : string.Create(CultureInfo.InvariantCulture, $"{row.Added}\t{row.Deleted}\t"));
            output.Bytes(row.Name);
            output.Text("\n");
        }
    }

    /// <summary>Prints the sums alone.</summary>
    public void WriteSums(OutputStream output)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        long added = _rows.Where(static r => !r.IsBinary).Sum(static r => r.Added);
        long deleted = _rows.Where(static r => !r.IsBinary).Sum(static r => r.Deleted);
        StringBuilder line = new(string.Create(CultureInfo.InvariantCulture, $" {_rows.Count} file{(_rows.Count == 1 ? "" : "s")} changed"));
        if (added > 0 || deleted == 0)
        {
            line.Append(CultureInfo.InvariantCulture, $", {added} insertion{(added == 1 ? "" : "s")}(+)");
        }

        if (deleted > 0 || added == 0)
        {
            line.Append(CultureInfo.InvariantCulture, $", {deleted} deletion{(deleted == 1 ? "" : "s")}(-)");
        }

        output.Line(line.ToString());
    }

    /// <summary>Forgets the rows.</summary>
    public void Clear() => _rows.Clear();

    public void Dispose() => _counter.Dispose();

    private static void WriteGraph(OutputStream output, ReadOnlySpan<byte> color, char sign, int count)
    {
        if (count > 0)
        {
            output.Paint(color, new string(sign, count));
        }
    }

    private static void WriteSizes(OutputStream output, Row row, int numberColumns)
    {
        output.Text(Binary.PadLeft(numberColumns));
        if (row.Added + row.Deleted > 0)
        {
            output.Text(" ");
            output.Paint(Ansi.Red, row.Deleted.ToString(CultureInfo.InvariantCulture));
            output.Text(" -> ");
            output.Paint(Ansi.Green, row.Added.ToString(CultureInfo.InvariantCulture));
            output.Text(" bytes");
        }

        output.Text("\n");
    }

    // Names get five eighths at least of what there is when both want more.
    private (int Name, int Graph) Share(int longest, long changesMax, int binaryColumns, int numberColumns)
    {
        int namesWanted = size.NameColumns > 0 && size.NameColumns < longest ? size.NameColumns : longest;
        int width = Math.Max(columns, NameColumnsMin + GraphColumnsMin + numberColumns);
        int fixedColumns = numberColumns + 6;
        int graph = (int)Math.Min(int.MaxValue / 2, changesMax + 4 > binaryColumns ? changesMax : binaryColumns - 4);
        if (namesWanted + fixedColumns + (long)graph <= width)
        {
            return (namesWanted, graph);
        }

        graph = Math.Min(graph, Math.Max(GraphColumnsMin, (width * 3 / 8) - fixedColumns));
        return namesWanted > width - fixedColumns - graph
            ? (width - fixedColumns - graph, graph)
            : (namesWanted, width - fixedColumns - namesWanted);
    }

    private static (int Plus, int Minus) Scale(Row row, int graphColumns, long changesMax)
    {
        int total = Scale(row.Added + row.Deleted);
        if (total < 2 && row.Added > 0 && row.Deleted > 0)
        {
            total = 2;
        }

        if (row.Added < row.Deleted)
        {
            int plus = Scale(row.Added);
            return (plus, total - plus);
        }

        int minus = Scale(row.Deleted);
        return (total - minus, minus);

        int Scale(long count) => count == 0 ? 0 : 1 + (int)(count * (graphColumns - 1) / changesMax);
    }

    // A name that is too long loses its beginning, down to a slash if one is left.
    private static void WriteName(byte[] name, int columns, OutputStream output)
    {
        ReadOnlySpan<byte> rest = name;
        string prefix = "";
        int room = columns;
        if (WidthOf(name) > columns)
        {
            prefix = "...";
            room = Math.Max(0, columns - prefix.Length);
            int width = WidthOf(name);
            while (width > room && !rest.IsEmpty)
            {
                _ = Rune.DecodeFromUtf8(rest, out _, out int used);
                width -= WidthOf(rest[..used]);
                rest = rest[used..];
            }

            int slash = rest.IndexOf((byte)'/');
            rest = slash < 0 ? rest : rest[slash..];
        }

        output.Text(" " + prefix);
        output.Bytes(rest);
        output.Text(new string(' ', Math.Max(0, room - WidthOf(rest))) + " | ");
    }

    private static int WidthOf(ReadOnlySpan<byte> name)
    {
        int width = DisplayWidth.Of(name);
        return width < 0 ? name.Length : width;
    }

    private static int Digits(long number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static byte[] NameOf(FileChange change)
    {
        ArrayBufferWriter<byte> name = new();
        if (change.Score is null)
        {
            PathQuoting.Write(name, default, change.NewPath.Span);
        }
        else if (PathQuoting.NeedsQuotes(change.OldPath.Span) || PathQuoting.NeedsQuotes(change.NewPath.Span))
        {
            PathQuoting.Write(name, default, change.OldPath.Span);
            name.Write(" => "u8);
            PathQuoting.Write(name, default, change.NewPath.Span);
        }
        else
        {
            WriteRename(change.OldPath.Span, change.NewPath.Span, name);
        }

        return name.WrittenSpan.ToArray();
    }

    // What both paths begin and end with, in whole components, stands once: a/{b => c}/d.
    private static void WriteRename(ReadOnlySpan<byte> old, ReadOnlySpan<byte> now, ArrayBufferWriter<byte> name)
    {
        int common = old.CommonPrefixLength(now);
        int prefix = old[..common].LastIndexOf((byte)'/') + 1;
        int suffix = 0;

        // The slash that ends the prefix may begin the suffix too.
        int floor = prefix > 0 ? prefix - 1 : 0;
        for (int length = 1; old.Length - length >= floor && now.Length - length >= floor && old[^length] == now[^length]; length++)
        {
            suffix = old[^length] == '/' ? length : suffix;
        }

        bool isShared = prefix + suffix > 0;
        name.Write(old[..prefix]);
        name.Write(isShared ? "{"u8 : default);
        name.Write(old.Slice(prefix, Math.Max(0, old.Length - prefix - suffix)));
        name.Write(" => "u8);
        name.Write(now.Slice(prefix, Math.Max(0, now.Length - prefix - suffix)));
        name.Write(isShared ? "}"u8 : default);
        name.Write(isShared ? old[(old.Length - suffix)..] : default);
    }

    private readonly record struct Row(byte[] Name, long Added, long Deleted, bool IsBinary);
}
