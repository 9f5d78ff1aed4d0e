using System.CommandLine;
using System.Text;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary><c>mr sparse show</c>: the rules that the working copy follows now; with paths, whether these are in.</summary>
internal static class SparseShowCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "Say of each of these whether the working copy has it: 'in', 'partly in' or 'out'.", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> json = Options.Json("One JSON object: profiles with their rules, and the clone's own rules.");
        Command command = new("show", "Show the rules in force, profile by profile; no server is asked. Exit code 1: a path named is out.") { paths, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            SparseState? state = context.WorkingCopy.Sparse;
            if (parse.GetValue(paths) is { Length: > 0 } named)
            {
                return ShowPaths(context, state?.Rules ?? SparseRules.Everything, named, parse.GetValue(json));
            }

            if (parse.GetValue(json))
            {
                WriteJson(context, state);
                return ExitCode.Success;
            }

            if (state is null)
            {
                context.Output.Line("The working copy has the whole tree.");
                return ExitCode.Success;
            }

            foreach (SparseProfile profile in Profiles(state))
            {
                context.Output.Line($"{profile.Path}{(profile.Title is null ? "" : $": {profile.Title}")}{(state.Settings.Profiles.Contains(profile.Path, StringComparer.Ordinal) ? "" : " (included)")}");
                foreach (string other in profile.Includes)
                {
                    context.Output.Line($"  %include {other}");
                }

                WriteRules(context, profile.Rules);
            }

            if (state.Settings.Rules.Count > 0)
            {
                context.Output.Line("rules of this clone");
                WriteRules(context, state.Settings.Rules);
            }

            return ExitCode.Success;
        });
    }

    private static ExitCode ShowPaths(CommandContext context, SparseRules rules, string[] named, bool asJson)
    {
        (string Path, string Answer)[] answers = [.. named.Select(n => PathArguments.Resolve(context, n)).Select(p => (Encoding.UTF8.GetString(p), Answer(rules, p)))];
        if (asJson)
        {
            context.Output.JsonObject(json =>
            {
                foreach ((string path, string answer) in answers)
                {
                    json.WriteString(path, answer);
                }

            });
        }
        else
        {
            foreach ((string path, string answer) in answers)
            {
                context.Output.Line($"{path}: {answer}");
            }
        }

        return Array.Exists(answers, static a => a.Answer == "out") ? ExitCode.Negative : ExitCode.Success;
    }

    private static string Answer(SparseRules rules, byte[] path) => path.Length > 0 && rules.Includes(path) ? "in" : rules.CoverOf(path) switch
    {
        SparseCover.All => "in",
        SparseCover.Some => "partly in",
        _ => "out",
    };

    private static IEnumerable<SparseProfile> Profiles(SparseState state) => state.Files.Select(static f => SparseProfile.Parse(f.Path, f.Content.Span));

    private static void WriteRules(CommandContext context, IEnumerable<SparseRule> rules)
    {
        foreach (SparseRule rule in rules)
        {
            context.Output.Line($"  {(rule.IsInclude ? "include" : "exclude")} {rule.Pattern.Text}");
        }
    }

    private static void WriteJson(CommandContext context, SparseState? state)
    {
        context.Output.JsonObject(json =>
        {
            json.WriteBoolean("sparse", state is not null);
            json.WriteStartArray("profiles");
            foreach (ProfileFile file in state?.Files ?? [])
            {
                SparseProfile profile = SparseProfile.Parse(file.Path, file.Content.Span);
                json.WriteStartObject();
                json.WriteString("path", profile.Path);
                json.WriteString("id", file.Id.ToString());
                json.WriteBoolean("enabled", state!.Settings.Profiles.Contains(profile.Path, StringComparer.Ordinal));
                if (profile.Title is not null)
                {
                    json.WriteString("title", profile.Title);
                }

                SparseJson.WritePaths(json, "includes", profile.Includes);
                SparseJson.WriteRules(json, profile.Rules);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            SparseJson.WriteRules(json, state?.Settings.Rules ?? []);
        });
    }
}
