using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Operations;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr restore</c>: files as a commit has them.</summary>
public static class RestoreCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "Files and folders; '.': all here.", Arity = ArgumentArity.OneOrMore };
        Option<string?> source = new("--source", "-s") { Description = "As this revision has them; without it, as the commit that is checked out.", HelpName = "REV" };
        Command command = new("restore", "Discard changes of tracked files: write them as a commit has them. Untracked files stay; 'mr undo' brings the changes back.") { paths, source };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            byte[][] named = [.. parse.GetValue(paths)!.Select(p => PathArguments.Resolve(context, p))];
            ObjectId? tree = parse.GetValue(source) is { } revision ? await context.ResolveTreeAsync(revision, cancellationToken) : null;
            RestoreResult result = await ProgressDisplay.RunAsync("Writing files", progress => new FileRestorer(context.WorkingCopy).RestoreAsync(
                context.Objects,
                tree,
                named,
                new ProgressAdapter<CheckoutProgress>(progress, p => new ProgressReport(p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files, {ProgressDisplay.Bytes(p.BytesWritten)}")),
                cancellationToken));
            NotKeptWarnings.Write(result.NotKept);
            return result switch
            {
                { Unknown: { } path } => throw PathLines.Unmatched(path),
                { Unsafe: { } path } => throw new CommandException(ExitCode.Conflict, $"'{Encoding.UTF8.GetString(path)}' is a path that must not be written; nothing was restored."),
                _ => ExitCode.Success,
            };
        });
    }
}
