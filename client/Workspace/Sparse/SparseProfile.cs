using System.Text;

namespace Monorepo.Workspace.Sparse;

/// <summary>A profile's file, read. Format in FORMAT.md.</summary>
/// <param name="Path">Where it is in the repository.</param>
/// <param name="Includes">The other profiles it names by <c>%include</c>.</param>
/// <param name="Rules">What it brings in, then what it takes out.</param>
/// <param name="Title">For people, from <c>[metadata]</c>; null: it has none.</param>
public sealed record SparseProfile(string Path, IReadOnlyList<string> Includes, IReadOnlyList<SparseRule> Rules, string? Title)
{
    /// <summary>A larger one is refused.</summary>
    public const int BytesMax = 4 << 20;

    private const string IncludeWord = "%include";

    /// <exception cref="SparseException"><see cref="SparseError.ProfileWrong"/>: the message names the file and the line.</exception>
    public static SparseProfile Parse(string path, ReadOnlySpan<byte> content)
    {
        if (content.Length > BytesMax)
        {
            throw new SparseException(SparseError.ProfileWrong, $"The sparse profile '{path}' has {content.Length:N0} bytes, at most {BytesMax:N0} are allowed.");
        }

        List<string> others = [];
        List<SparseRule> included = [];
        List<SparseRule> excluded = [];
        string? title = null;
        string section = "";
        int number = 0;
        foreach (string raw in Encoding.UTF8.GetString(content.StartsWith("\uFEFF"u8) ? content[3..] : content).Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            try
            {
                if (line == IncludeWord || line.StartsWith(IncludeWord + " ", StringComparison.Ordinal) || line.StartsWith(IncludeWord + "\t", StringComparison.Ordinal))
                {
                    others.Add(SparseSettings.CheckPath(line[IncludeWord.Length..].Trim()));
                }
                else if (line[0] == '[' && line[^1] == ']' && FindSection(line) is { } begun)
                {
                    section = begun;
                }
                else if (section == "[metadata]")
                {
                    title ??= ReadTitle(line);
                }
                else
                {
                    ListOf(section, included, excluded).Add(new SparseRule(section == "[include]", SparsePattern.Parse(line)));
                }
            }
            catch (SparseException e)
            {
                throw new SparseException(SparseError.ProfileWrong, $"The sparse profile '{path}' is wrong in line {number}, '{line}': {e.Message}");
            }
        }

        return new SparseProfile(path, others, [.. included, .. excluded], title);
    }

    // Null: it may be a pattern.
    private static string? FindSection(string line)
    {
        if (line is "[include]" or "[exclude]" or "[metadata]")
        {
            return line;
        }

        // A set of letters is a pattern only between other things.
        return line.AsSpan(1, line.Length - 2).IndexOfAnyExceptInRange('a', 'z') < 0
            ? throw new SparseException(SparseError.ProfileWrong, "the sections are [include], [exclude] and [metadata]")
            : null;
    }

    private static List<SparseRule> ListOf(string section, List<SparseRule> included, List<SparseRule> excluded) => section switch
    {
        "[include]" => included,
        "[exclude]" => excluded,
        _ => throw new SparseException(SparseError.ProfileWrong, "a pattern stands under [include] or [exclude]"),
    };

    private static string? ReadTitle(string line)
    {
        int end = line.AsSpan().IndexOfAny(':', '=');
        return end > 0 && line[..end].Trim() == "title" ? line[(end + 1)..].Trim() : null;
    }
}
