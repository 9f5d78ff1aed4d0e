using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Store;

namespace Monorepo.Cli.Commands.Offline;

/// <summary><c>mr offline verify</c>: reads all that is declared, and asks nobody.</summary>
public static class OfflineVerifyCommand
{
    private const int ShownMax = 50;

    public static Command Create(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("One JSON object: how many objects were looked at, and each that is missing with its path.");
        return new Command("verify", "Prove that all that is declared is here and whole, by each object's id, without any network. Exits with 1 where something is missing, and names it.") { json }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            OfflineStore store = new(context.Clone.Paths);
            using ObjectCache? kept = store.TryOpenObjects(CommandContext.WarnOfCache);
            OfflineReport report = await ProgressDisplay.RunAsync(
                "Checking", progress => Task.Run(() => new OfflineVerifier(context.Clone.History, kept).VerifyAsync(store.Load(), OfflineNames.Adapt(progress), cancellationToken), cancellationToken));
            if (parse.GetValue(json))
            {
                WriteJson(context.Output, report);
            }
            else
            {
                await WriteTextAsync(context.Output, report);
            }

            return report.Missing.Count == 0 ? ExitCode.Success : ExitCode.Negative;
        });
    }

    private static async Task WriteTextAsync(OutputStream output, OfflineReport report)
    {
        foreach (MissingDeclared missing in report.Missing.Take(ShownMax))
        {
            output.Line($"missing: {missing.Id} {OfflineNames.KindOf(missing.Kind)} {missing.Place.Declaration.Revision}:{PathQuoting.Quote(missing.Place.Path)}");
        }

        if (report.Missing.Count > ShownMax)
        {
            output.Line($"and {report.Missing.Count - ShownMax:N0} more");
        }

        output.Line($"{report.Objects:N0} object{(report.Objects == 1 ? "" : "s")} looked at, {(report.Missing.Count == 0 ? "all whole" : $"{report.Missing.Count:N0} missing")}.");
        if (report.Missing.Count > 0)
        {
            output.Flush();
            string again = string.Join("', '", report.Missing.Select(static m => m.Place.Declaration.Revision).Distinct(StringComparer.Ordinal).Select(static r => $"mr offline update {r}"));
            await Console.Error.WriteLineAsync($"hint: where the server answers, '{again}' fetches what is missing.");
        }
    }

    private static void WriteJson(OutputStream output, OfflineReport report)
    {
        output.JsonObject(json =>
        {
            json.WriteBoolean("ok", report.Missing.Count == 0);
            json.WriteNumber("objects", report.Objects);
            json.WriteStartArray("missing");
            foreach (MissingDeclared missing in report.Missing)
            {
                json.WriteStartObject();
                json.WriteString("id", missing.Id.ToString());
                json.WriteString("kind", OfflineNames.KindOf(missing.Kind));
                json.WriteString("revision", missing.Place.Declaration.Revision);
                json.WriteString("path", Encoding.UTF8.GetString(missing.Place.Path));
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
