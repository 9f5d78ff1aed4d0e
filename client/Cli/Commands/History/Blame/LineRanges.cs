using System.Globalization;

namespace Monorepo.Cli.Commands.History.Blame;

/// <summary>Reads <c>-L START,END</c> as git does: numbers from 1, <c>+N</c> and <c>-N</c> for the end, either may be left out.</summary>
internal static class LineRanges
{
    /// <param name="texts">As typed; none: all lines.</param>
    /// <param name="lines">How many the file has.</param>
    /// <param name="path">For the message.</param>
    /// <returns>First lines from 0 and counts, sorted, joined where they meet.</returns>
    /// <exception cref="CommandException">A text is no range, or past the end.</exception>
    public static IReadOnlyList<(int Start, int Count)> Parse(IReadOnlyList<string> texts, int lines, string path)
    {
        if (texts.Count == 0)
        {
            return lines == 0 ? [] : [(0, lines)];
        }

        List<(int Start, int End)> ranges = [];
        foreach (string text in texts)
        {
            (int first, int last) = ParseOne(text);
            if (first > lines || lines == 0)
            {
                throw new CommandException(ExitCode.NotFound, $"'{path}' has only {lines} lines.");
            }

            ranges.Add((Math.Max(first, 1) - 1, last < 1 ? lines : Math.Min(last, lines)));
        }

        ranges.Sort();
        List<(int Start, int Count)> joined = [];
        foreach ((int start, int end) in ranges)
        {
            if (joined.Count > 0 && joined[^1].Start + joined[^1].Count >= start)
            {
                joined[^1] = (joined[^1].Start, Math.Max(joined[^1].Count, end - joined[^1].Start));
            }
            else
            {
                joined.Add((start, end - start));
            }
        }

        return joined;
    }

    /// <summary>1-based; 0 for a side that is left out.</summary>
    private static (int First, int Last) ParseOne(string text)
    {
        string[] sides = text.Split(',');
        if (sides.Length > 2)
        {
            throw Bad(text);
        }

        int first = sides[0].Length == 0 ? 0 : Number(sides[0], text);
        if (sides.Length == 1 || sides[1].Length == 0)
        {
            return (first, 0);
        }

        string end = sides[1];
        int number = Number(end.TrimStart('+', '-'), text);
        int begin = Math.Max(first, 1);
        int last = end[0] switch
        {
            '+' => number == 0 ? begin : begin + number - 1,
            '-' => Math.Max(1, begin + 1 - number),
            _ => number,
        };
        return first > 0 && last > 0 && last < first ? (last, first) : (first, last);
    }

    private static int Number(string digits, string text) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < int.MaxValue / 2 ? number : throw Bad(text);

    private static CommandException Bad(string text) =>
        new(ExitCode.Usage, $"'{text}' is no range of lines.", "These work: '-L 10,20', '-L 10,+5', '-L 20,-5', '-L 10', '-L ,20'.");
}
