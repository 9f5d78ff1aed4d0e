using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Revisions;

/// <summary>Refs that somebody may have meant: names a few edits away, or that hold what was typed.</summary>
public static class RefSuggestions
{
    public const int CountMax = 5;

    // Refs beyond these are not compared: a suggestion is not worth a second.
    private const int RefsMax = 100_000;
    private const int NameCharsMax = 100;

    // Two swapped letters are two edits.
    private const int EditsMin = 2;

    /// <returns>Short names, most similar first, at most <see cref="CountMax"/>.</returns>
    public static IReadOnlyList<string> For(string name, RefSet refs)
    {
        if (name.Length > NameCharsMax)
        {
            return [];
        }

        int editsMax = Math.Max(EditsMin, name.Length / 3);
        return
        [
            .. refs.List().Take(RefsMax).Select(r => r.Name.Short).Where(s => s.Length <= NameCharsMax)
                .Select(s => (Name: s, Edits: Distance(name, s, editsMax)))
                .Select(c => c.Edits > editsMax && c.Name.Contains(name, StringComparison.OrdinalIgnoreCase) ? c with { Edits = editsMax } : c)
                .Where(c => c.Edits <= editsMax)
                .OrderBy(c => c.Edits).ThenBy(c => c.Name, StringComparer.Ordinal)
                .Select(c => c.Name).Distinct(StringComparer.Ordinal).Take(CountMax),
        ];
    }

    /// <summary>Levenshtein's distance, without case; more than the limit counts as limit + 1.</summary>
    public static int Distance(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) > limit)
        {
            return limit + 1;
        }

        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        int[] current = new int[right.Length + 1];
        for (int l = 1; l <= left.Length; l++)
        {
            current[0] = l;
            for (int r = 1; r <= right.Length; r++)
            {
                int replace = previous[r - 1] + (char.ToLowerInvariant(left[l - 1]) == char.ToLowerInvariant(right[r - 1]) ? 0 : 1);
                current[r] = Math.Min(replace, Math.Min(previous[r], current[r - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[right.Length];
    }
}
