using Monorepo.Core;
using Monorepo.Import;

namespace Monorepo.Admin.Output;

/// <summary>Says what an import did.</summary>
internal static class ImportReport
{
    /// <summary>Refs that are listed one by one; of more, the rest is counted. JSON has all.</summary>
    private const int RefsListedMax = 50;

    private const int IdDigits = 12;

    public static void Write(TextWriter output, RepositoryName name, ImportResult result, TimeSpan elapsed, bool json)
    {
        if (json)
            output.WriteLine(ToJson(name, result, elapsed));
        else
            WriteText(output, name, result, elapsed);
    }

    private static void WriteText(TextWriter output, RepositoryName name, ImportResult result, TimeSpan elapsed)
    {
        if (result.Commits == 0 && result.Objects == 0 && result.Refs.Count == 0)
        {
            output.WriteLine($"{name} is up to date: {Quantities.Count(result.RefsUnchanged)} refs");
        }
        else
        {
            output.WriteLine(
                $"Imported {Quantities.Count(result.Commits)} commits, {Quantities.Count(result.Objects)} objects ({Quantities.Bytes(result.Bytes)}) "
                + $"into {name} in {elapsed.TotalSeconds:0.0} s ({Quantities.PerSecond(result.Objects, elapsed)})");
            string counts = string.Join(", ", Enum.GetValues<RefChangeKind>()
                .Select(kind => (Kind: kind, Count: result.Refs.Count(changed => changed.Kind == kind)))
                .Where(static group => group.Count > 0)
                .Select(static group => $"{Quantities.Count(group.Count)} {group.Kind.ToString().ToLowerInvariant()}")
                .Append($"{Quantities.Count(result.RefsUnchanged)} unchanged"));
            output.WriteLine($"refs: {counts}");
            foreach (ImportedRef changed in result.Refs.Take(RefsListedMax))
                output.WriteLine($"  {changed.Kind.ToString().ToLowerInvariant(),-7} {changed.Name} {Show(changed)}");
            if (result.Refs.Count > RefsListedMax)
                output.WriteLine($"  and {Quantities.Count(result.Refs.Count - RefsListedMax)} more");
        }

        foreach (string skipped in result.RefsSkipped)
            output.WriteLine($"note: the ref '{skipped}' was left out: its name is not valid here");
    }

    private static string Show(ImportedRef changed) => (changed.Before, changed.After) switch
    {
        ({ } before, { } after) => $"{before.Abbreviate(IdDigits)} -> {after.Abbreviate(IdDigits)}",
        ({ } before, null) => $"was {before.Abbreviate(IdDigits)}",
        (null, { } after) => after.Abbreviate(IdDigits),
        _ => "",
    };

    private static string ToJson(RepositoryName name, ImportResult result, TimeSpan elapsed) => JsonText.Object(writer =>
    {
        writer.WriteString("repository", name.Value);
        writer.WriteNumber("commits", result.Commits);
        writer.WriteNumber("objects", result.Objects);
        writer.WriteNumber("bytes", result.Bytes);
        writer.WriteNumber("elapsedMs", (long)elapsed.TotalMilliseconds);
        writer.WriteString("defaultBranch", result.DefaultBranch?.Value);
        writer.WriteNumber("refsUnchanged", result.RefsUnchanged);
        writer.WriteStartArray("refs");
        foreach (ImportedRef changed in result.Refs)
        {
            writer.WriteStartObject();
            writer.WriteString("name", changed.Name.Value);
            writer.WriteString("change", changed.Kind.ToString().ToLowerInvariant());
            writer.WriteString("before", changed.Before?.ToString());
            writer.WriteString("after", changed.After?.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("refsSkipped");
        foreach (string skipped in result.RefsSkipped)
            writer.WriteStringValue(skipped);
        writer.WriteEndArray();
    });
}
