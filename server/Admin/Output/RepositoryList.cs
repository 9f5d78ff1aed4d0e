namespace Monorepo.Admin.Output;

/// <summary>A repository and how much it holds.</summary>
internal readonly record struct RepositoryLine(string Name, long Commits, long Refs);

/// <summary>Prints repositories as a table or as JSON.</summary>
internal static class RepositoryList
{
    public static void Write(TextWriter output, IReadOnlyList<RepositoryLine> lines, bool json)
    {
        if (json)
        {
            output.WriteLine(ToJson(lines));
            return;
        }

        int width = lines.Select(static line => line.Name.Length).DefaultIfEmpty(0).Max();
        foreach (RepositoryLine line in lines)
            output.WriteLine($"{line.Name.PadRight(width)}  {Quantities.Count(line.Commits),12} commits  {Quantities.Count(line.Refs),8} refs");
    }

    private static string ToJson(IReadOnlyList<RepositoryLine> lines) => JsonText.Array(lines, static (writer, line) =>
    {
        writer.WriteString("name", line.Name);
        writer.WriteNumber("commits", line.Commits);
        writer.WriteNumber("refs", line.Refs);
    });
}
