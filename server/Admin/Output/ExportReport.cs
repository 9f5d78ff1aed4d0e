using Monorepo.Core;
using Monorepo.Export;

namespace Monorepo.Admin.Output;

/// <summary>Says what an export did.</summary>
internal static class ExportReport
{
    public static void Write(TextWriter output, RepositoryName name, ExportResult result, TimeSpan elapsed, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonText.Object(writer =>
            {
                writer.WriteString("repository", name.Value);
                writer.WriteNumber("commits", result.Commits);
                writer.WriteNumber("objects", result.Objects);
                writer.WriteNumber("bytes", result.Bytes);
                writer.WriteNumber("refs", result.Refs);
                writer.WriteNumber("elapsedMs", (long)elapsed.TotalMilliseconds);
            }));
            return;
        }

        output.WriteLine(
            $"Exported {name}: {Quantities.Count(result.Commits)} commits, {Quantities.Count(result.Refs)} refs; {Quantities.Count(result.Objects)} new objects "
            + $"({Quantities.Bytes(result.Bytes)}) in {elapsed.TotalSeconds:0.0} s");
    }
}
