using System.Text;

namespace Monorepo.Cli.Help;

/// <summary>A table of the manual, for terminals and for Markdown. In cells, backquotes are around what is typed.</summary>
/// <param name="Headers">One for each column.</param>
/// <param name="Rows">As many cells each.</param>
public sealed record HelpTable(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const int ColumnsMax = 100;
    private const int Gap = 2;
    private const int Indent = 2;

    /// <summary>Aligned; the last column wrapped.</summary>
    public string ToText()
    {
        int[] widths = [.. Headers.Select((_, i) => Rows.Max(r => Plain(r[i]).Length))];
        int lastStart = Indent + widths.SkipLast(1).Sum(static w => w + Gap);
        StringBuilder text = new();
        foreach (IReadOnlyList<string> row in Rows)
        {
            text.Append(' ', Indent);
            for (int i = 0; i < row.Count - 1; i++)
            {
                text.Append(Plain(row[i]).PadRight(widths[i] + Gap));
            }

            Wrap(text, Plain(row[^1]), lastStart);
        }

        return text.ToString();
    }

    /// <summary>A paragraph for a terminal.</summary>
    public static string Wrap(string paragraph)
    {
        StringBuilder text = new();
        Wrap(text, Plain(paragraph), 0);
        return text.ToString();
    }

    public string ToMarkdown()
    {
        StringBuilder text = new();
        Line(text, Headers);
        Line(text, [.. Headers.Select(static _ => "---")]);
        foreach (IReadOnlyList<string> row in Rows)
        {
            Line(text, [.. row.Select(static c => c.Replace("|", "\\|", StringComparison.Ordinal))]);
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, IReadOnlyList<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Plain(string cell) => cell.Replace("`", "", StringComparison.Ordinal);

    private static void Wrap(StringBuilder text, string cell, int start)
    {
        int column = start;
        bool isFirst = true;
        foreach (string word in cell.Split(' '))
        {
            if (!isFirst && column + 1 + word.Length > ColumnsMax && column > start)
            {
                text.Append('\n').Append(' ', start);
                column = start;
                isFirst = true;
            }

            text.Append(isFirst ? "" : " ").Append(word);
            column += word.Length + (isFirst ? 0 : 1);
            isFirst = false;
        }

        text.Append('\n');
    }
}
