using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Offline;

namespace Monorepo.Cli.Commands.Offline;

/// <summary><c>mr offline remove</c>.</summary>
public static class OfflineRemoveCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "As 'mr offline list' names it." };
        Argument<string[]> paths = new("PATH") { Description = "Only these, as they were declared. Without any: all of the revision.", Arity = ArgumentArity.ZeroOrMore };
        return new Command("remove", "No longer keep what was declared; what nothing else declares is deleted.") { revision, paths }.Does(surroundings, async (parse, context, _) =>
        {
            OfflineStore store = new(context.Clone.Paths);
            using IDisposable held = store.Lock();
            List<OfflineDeclaration> declared = [.. store.Load()];
            OfflineNames.Check(declared, [parse.GetValue(revision)!]);
            int at = declared.FindIndex(d => d.Revision == parse.GetValue(revision));
            string[] named = [.. (parse.GetValue(paths) ?? []).Select(p => Encoding.UTF8.GetString(PathArguments.Resolve(context, p)))];
            if (named.Except(declared[at].Paths, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            {
                throw new CommandException(ExitCode.NotFound, $"'{unknown}' is not declared of {declared[at].Revision}.", "'mr offline list' shows what is; a path goes as it was declared.");
            }

            declared[at] = named.Length == 0 ? declared[at] with { IsAll = false, Paths = [], Sparse = null } : declared[at] with { Paths = [.. declared[at].Paths.Except(named, StringComparer.Ordinal)] };
            declared.RemoveAll(static d => d.IsEmpty);
            store.Save(declared);
            long? freed = await OfflineSweeper.SweepAsync(store, isDryRun: false, CommandContext.WarnOfCache);
            context.Output.Line(freed is { } bytes ? $"No longer declared; {ProgressDisplay.Bytes(bytes)} deleted." : "No longer declared; nothing was deleted, because something that is still declared is missing: 'mr offline verify' names it.");
            return ExitCode.Success;
        });
    }
}
