using System.CommandLine;
using Monorepo.Cli.Diagnosis;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Commands.Upkeep;

/// <summary><c>mr doctor</c>: what is in the way of good work, and how to change it.</summary>
public static class DoctorCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("One JSON object a line: subject, verdict (ok, warn or fail), text, fix.");
        Command command = new("doctor", "Look at everything that mr needs: settings, server, edges, UCX, the watcher and its limits, the cache, disks, the clock. Exits with 1 where something fails.") { json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            bool isJson = parse.GetValue(json);
            bool fails = false;
            await foreach (Finding finding in LookAsync(context, cancellationToken))
            {
                fails |= finding.Verdict == Verdict.Fail;
                Write(context.Output, finding, isJson);
                context.Output.Flush();
            }

            return fails ? ExitCode.Negative : ExitCode.Success;
        });
    }

    private static async IAsyncEnumerable<Finding> LookAsync(CommandContext context, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new Finding("mr", Verdict.Ok, $"version {typeof(DoctorCommand).Assembly.GetName().Version?.ToString(3)}, {Environment.ProcessPath}");
        bool settingsWork = true;
        foreach (Finding finding in CloneDiagnosis.LookAtSettings(context))
        {
            settingsWork &= finding.Verdict != Verdict.Fail;
            yield return finding;
        }

        // Nothing can be said of what they decide.
        if (!settingsWork)
        {
            yield break;
        }

        if (Clone.Find(context.Surroundings.WorkingDirectory) is not { } paths)
        {
            yield return new Finding("clone", Verdict.Warn, $"'{context.Surroundings.WorkingDirectory}' is in none", "Run this inside a clone to hear of its server and its watcher too.");
        }
        else
        {
            foreach (Finding finding in Guard("clone", () => CloneDiagnosis.LookAtState(context)))
            {
                yield return finding;
            }

            if (TryOpen(context))
            {
                foreach (Finding finding in await ServerDiagnosis.LookAsync(context, cancellationToken))
                {
                    yield return finding;
                }
            }

            foreach (Finding finding in Guard("clone", () => MachineDiagnosis.LookAtClone(context, paths)))
            {
                yield return finding;
            }
        }

        foreach (Finding finding in Guard("cache", () => MachineDiagnosis.LookAtCache(context)))
        {
            yield return finding;
        }
    }

    // One thing that is broken must not hide the others.
    private static List<Finding> Guard(string subject, Func<IEnumerable<Finding>> look)
    {
        List<Finding> findings = [];
        try
        {
            findings.AddRange(look());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            findings.Add(new Finding(subject, Verdict.Fail, e.Message, "'mr fsck' says what is damaged, and how to mend it."));
        }

        return findings;
    }

    private static bool TryOpen(CommandContext context)
    {
        try
        {
            _ = context.Clone;
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Write(OutputStream output, Finding finding, bool isJson)
    {
        string word = finding.Verdict switch
        {
            Verdict.Ok => "ok",
            Verdict.Warn => "warn",
            _ => "fail",
        };
        if (!isJson)
        {
            output.Paint(finding.Verdict switch { Verdict.Ok => Ansi.Green, Verdict.Warn => Ansi.Yellow, _ => Ansi.Red }, word.PadRight(4));
            output.Line($"  {finding.Subject}: {finding.Text}");
            if (finding.Fix is not null)
            {
                output.Line($"      to change it: {finding.Fix}");
            }

            return;
        }

        output.JsonObject(json =>
        {
            json.WriteString("subject", finding.Subject);
            json.WriteString("verdict", word);
            json.WriteString("text", finding.Text);
            json.WriteString("fix", finding.Fix);
        });
    }
}
