using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Verification;

namespace Monorepo.Cli.Commands.Upkeep;

/// <summary><c>mr fsck</c>: compares everything on disk with what it must be. Needs no server.</summary>
public static class FsckCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> noCache = new("--no-cache") { Description = "Leave the object cache out, which may be large." };
        Option<bool> json = Options.Json("One JSON object: the parts checked, and what is damaged in them.");
        Command command = new("fsck", "Check the clone and the object cache: every commit and object against its id. Exits with 7 where something is damaged, and says how to mend it.") { noCache, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            ClonePaths paths = Clone.Find(surroundings.WorkingDirectory)
                ?? throw new CommandException(ExitCode.NotFound, $"'{surroundings.WorkingDirectory}' is not in a clone.", "Run the command inside one.");
            bool isJson = parse.GetValue(json);
            List<PartReport> reports = [];
            await foreach (PartReport report in CheckAsync(context, paths, !parse.GetValue(noCache), cancellationToken))
            {
                reports.Add(report);
                if (!isJson)
                {
                    WriteText(context.Output, report);
                    context.Output.Flush();
                }
            }

            if (isJson)
            {
                WriteJson(context.Output, reports);
            }

            return reports.TrueForAll(static r => r.IsWhole) ? ExitCode.Success : ExitCode.Corrupt;
        });
    }

    private static async IAsyncEnumerable<PartReport> CheckAsync(
        CommandContext context, ClonePaths paths, bool withCache, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CloneVerifier verifier = new(paths);
        yield return await RunAsync("Checking commits", progress => verifier.CheckHistory(progress, cancellationToken));
        yield return verifier.CheckRefs();
        yield return verifier.CheckLocal(cancellationToken);
        if (Directory.Exists(paths.Kept))
        {
            yield return verifier.CheckKept(cancellationToken);
        }

        yield return verifier.CheckDirstate(cancellationToken);
        if (Directory.Exists(paths.Offline))
        {
            yield return await RunAsync("Checking what is kept for working offline", progress => CheckOffline(paths, progress, cancellationToken));
        }

        if (withCache)
        {
            yield return await RunAsync("Checking the cache", progress => CheckCache(context, progress, cancellationToken));
        }
    }

    // Its own cache: what that says of packs it leaves out is a finding here.
    private static PartReport CheckCache(CommandContext context, IProgress<long> progress, CancellationToken cancellationToken)
    {
        List<CacheWarning> warnings = [];
        string directory = context.CachePath;
        ObjectCacheOptions options = ObjectCacheOptions.For(context.Settings.SizeOf(ConfigKeys.CacheSize) ?? ObjectCacheOptions.DefaultBytesMax(directory)) with
        {
            OnWarning = warning =>
            {
                lock (warnings)
                {
                    warnings.Add(warning);
                }
            },
        };
        using ObjectCache cache = new(directory, options);
        return CloneVerifier.CheckCache(cache, warnings, progress, cancellationToken);
    }

    private static PartReport CheckOffline(ClonePaths paths, IProgress<long> progress, CancellationToken cancellationToken)
    {
        List<CacheWarning> warnings = [];
        using ObjectCache? kept = new OfflineStore(paths).TryOpenObjects(warnings.Add);
        return CloneVerifier.CheckOffline(kept, warnings, progress, cancellationToken);
    }

    private static Task<PartReport> RunAsync(string label, Func<IProgress<long>, PartReport> check) =>
        ProgressDisplay.RunAsync(label, progress => Task.Run(() => check(new ProgressAdapter<long>(progress, count => new ProgressReport(0, 0, $"{count:N0}")))));

    private static void WriteText(OutputStream output, PartReport report)
    {
        output.Text($"{report.Part}: {report.Checked:N0} {report.Unit}, ");
        output.Paint(report.IsWhole ? Ansi.Green : Ansi.Red, report.IsWhole ? "ok" : $"{report.DamageCount:N0} damaged");
        output.Text("\n");
        foreach (Damage damage in report.Damages)
        {
            output.Line($"  {damage.Message}");
        }

        if (report.DamageCount > report.Damages.Count)
        {
            output.Line($"  and {report.DamageCount - report.Damages.Count:N0} more");
        }

        foreach (string fix in report.Damages.Select(static d => d.Fix).Distinct(StringComparer.Ordinal))
        {
            output.Line($"  to mend it: {fix}");
        }
    }

    private static void WriteJson(OutputStream output, List<PartReport> reports)
    {
        output.JsonObject(json =>
        {
            json.WriteBoolean("ok", reports.TrueForAll(static r => r.IsWhole));
            json.WriteStartArray("parts");
            foreach (PartReport report in reports)
            {
                json.WriteStartObject();
                json.WriteString("part", report.Part);
                json.WriteNumber("checked", report.Checked);
                json.WriteNumber("damaged", report.DamageCount);
                json.WriteStartArray("damages");
                foreach (Damage damage in report.Damages)
                {
                    json.WriteStartObject();
                    json.WriteString("message", damage.Message);
                    json.WriteString("fix", damage.Fix);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
