using System.CommandLine;
using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary>The commands that change what the working copy has.</summary>
internal static class SparseChange
{
    public static Command Create(
        Surroundings surroundings, string name, string description, Argument<string[]>? given, Func<SparseSettings, string[], SparseSettings> change)
    {
        Option<bool> force = new("--force", "-f") { Description = "Remove and overwrite files with changes that are not committed." };
        Option<bool> json = Options.Json("One JSON object: profiles, rules, and what was written and removed.");
        Command command = new(name, description) { force, json };
        if (given is not null)
        {
            command.Arguments.Add(given);
        }

        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            string[] words = given is null ? [] : SparseCommand.FromTop(context, parse.GetValue(given) ?? []);
            CheckoutResult result = await ProgressDisplay.RunAsync("Writing files", progress => context.WorkingCopy.ChangeSparseAsync(
                context.Objects,
                settings => change(settings, words),
                parse.GetValue(force),
                new ProgressAdapter<CheckoutProgress>(progress, p => new ProgressReport(p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files, {ProgressDisplay.Bytes(p.BytesWritten)}")),
                cancellationToken));
            CheckoutCommand.ThrowIfRefused(result);
            if (parse.GetValue(json))
            {
                WriteJson(context, result);
            }

            await Console.Error.WriteLineAsync(
                $"{Describe(context.WorkingCopy.Sparse)}: {result.FilesWritten:N0} files written ({ProgressDisplay.Bytes(result.BytesWritten)}), {result.FilesRemoved:N0} removed.");
            return ExitCode.Success;
        });
    }

    private static string Describe(SparseState? state)
    {
        if (state is null)
        {
            return "The working copy has the whole tree";
        }

        int rules = state.Settings.Rules.Count;
        string[] own = rules == 0 ? [] : [$"{rules:N0} rule{(rules == 1 ? "" : "s")} of this clone"];
        return $"The working copy has a part of the tree ({string.Join(", ", state.Settings.Profiles.Concat(own))})";
    }

    private static void WriteJson(CommandContext context, CheckoutResult result)
    {
        context.Output.JsonObject(json =>
        {
            SparseJson.WriteSettings(json, context.WorkingCopy.Sparse?.Settings ?? SparseSettings.None);
            CheckoutJson.WriteCounts(json, result);
        });
    }
}
