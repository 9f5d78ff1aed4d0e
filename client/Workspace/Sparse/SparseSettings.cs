using System.Text;
using System.Text.Unicode;
using Monorepo.Workspace.Files;

namespace Monorepo.Workspace.Sparse;

/// <summary>What a person chose for a clone.</summary>
/// <param name="Profiles">Paths of profiles in the repository; the working copy has what any of them has.</param>
/// <param name="Rules">The clone's own, over those: the last that matches decides.</param>
public sealed record SparseSettings(IReadOnlyList<string> Profiles, IReadOnlyList<SparseRule> Rules)
{
    /// <summary>The whole tree.</summary>
    public static readonly SparseSettings None = new([], []);

    public bool IsNone => Profiles.Count == 0 && Rules.Count == 0;

    public SparseSettings Enable(IEnumerable<string> profiles) => this with { Profiles = [.. Profiles.Union(profiles.Select(CheckPath), StringComparer.Ordinal)] };

    public SparseSettings Disable(IEnumerable<string> profiles) => this with { Profiles = [.. Profiles.Except(profiles.Select(CheckPath), StringComparer.Ordinal)] };

    /// <summary>Adds rules behind the others. One that is there already moves to the end; one that says the contrary of it goes.</summary>
    /// <exception cref="SparseException">A pattern is none.</exception>
    public SparseSettings Add(bool isInclude, IEnumerable<string> patterns)
    {
        SparseRule[] added = [.. patterns.Select(p => new SparseRule(isInclude, ParsePattern(p)))];
        return this with { Rules = [.. Rules.Where(r => !Array.Exists(added, a => string.Equals(a.Pattern.Text, r.Pattern.Text, StringComparison.Ordinal))), .. added] };
    }

    /// <summary>Adds rules that bring paths in; of a name that is not UTF-8, which no pattern can say, the directory above it.</summary>
    public SparseSettings BringIn(IEnumerable<byte[]> paths) => Add(isInclude: true, paths.Select(PatternOf).Distinct(StringComparer.Ordinal));

    /// <summary>A profile's path as it is kept: names from the repository's top.</summary>
    /// <exception cref="SparseException">It is no path of a tree.</exception>
    internal static string CheckPath(string path)
    {
        string trimmed = path.TrimStart('/');
        bool isPath = trimmed.Length > 0 && !trimmed.EndsWith('/') && trimmed.AsSpan().IndexOfAny('\n', '\r', '\0') < 0 && trimmed.Split('/').All(static n => n is not ("" or "." or ".."));
        return isPath ? trimmed : throw new SparseException(SparseError.PatternWrong, $"'{path}' is no path of a profile: it takes names from the repository's top joined by single slashes.");
    }

    private static string PatternOf(byte[] path)
    {
        ReadOnlySpan<byte> said = path;
        while (!Utf8.IsValid(said))
        {
            said = WorkingPath.Split(said, out _);
        }

        string text = Encoding.UTF8.GetString(said);
        return said.IsEmpty ? "**" : text.AsSpan().IndexOfAny("*?[\\:") >= 0 ? "path:" + text : text;
    }

    private static SparsePattern ParsePattern(string pattern)
    {
        try
        {
            return SparsePattern.Parse(pattern);
        }
        catch (SparseException e)
        {
            throw new SparseException(e.Error, $"'{pattern}' is no pattern: {e.Message}.");
        }
    }
}
