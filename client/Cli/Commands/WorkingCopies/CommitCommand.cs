using System.CommandLine;
using System.Text;
using Monorepo.Cli.Commands.Sparse;
using Monorepo.Cli.Identities;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr commit</c>: a commit of the changes in the working copy, local until it is pushed.</summary>
public static class CommitCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<string[]> message = new("--message", "-m") { Description = "The message; several become paragraphs.", HelpName = "MSG" };
        Option<string?> file = new("--file", "-F") { Description = "Take the message from a file; '-': from standard input.", HelpName = "FILE" };
        Option<string?> author = new("--author") { Description = "Who made the change, if not you.", HelpName = "\"NAME <MAIL>\"" };
        Option<string?> date = new("--date") { Description = "When it was made, if not now.", HelpName = "DATE" };
        Option<bool> allowEmpty = new("--allow-empty") { Description = "Commit even if nothing changed." };
        Argument<string[]> paths = new("PATH") { Description = "Commit these files and folders only, new ones included.", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("commit", "Commit all changes of tracked files, or those at the paths named; a new file must be named. There is no staging area.")
        {
            message, file, author, date, allowEmpty, paths,
        };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            byte[] text = await ReadMessageAsync(context, parse.GetValue(message) ?? [], parse.GetValue(file), cancellationToken);
            (Signature who, Signature committer) = CommitIdentity.Resolve(
                surroundings.Identity, context.Clone, parse.GetValue(author), parse.GetValue(date), TimeProvider.System);
            string[] named = parse.GetValue(paths) ?? [];
            CommitRequest request = new(
                text, who, committer, named.Length == 0 ? null : [.. named.Select(p => PathArguments.Resolve(context, p))], parse.GetValue(allowEmpty));
            await context.FinishCheckoutAsync(cancellationToken);
            CommitResult result = await ProgressDisplay.RunAsync("Comparing files", progress => context.WorkingCopy.CommitAsync(
                context.Objects, request, new ProgressAdapter<long>(progress, files => new ProgressReport(0, 0, $"{files:N0}")), cancellationToken));
            ExitCode code = Report(context, result, text);
            if (result.Outcome == CommitOutcome.Done)
            {
                await SparseFollowing.AfterCommitAsync(context, cancellationToken);
            }

            return code;
        });
    }

    private static ExitCode Report(CommandContext context, CommitResult result, byte[] message)
    {
        if (result.OutsideCount > 0)
        {
            Console.Error.WriteLine($"note: {result.OutsideCount:N0} new file{(result.OutsideCount == 1 ? " was" : "s were")} left out, outside the sparse profile.");
        }

        switch (result.Outcome)
        {
            case CommitOutcome.NothingCheckedOut:
                throw new CommandException(ExitCode.Conflict, "nothing is checked out yet, so there is nothing to commit.", "'mr checkout' writes the working copy first.");
            case CommitOutcome.OutsideProfile:
                throw OutsideProfile.Explain(result.Path!);
            case CommitOutcome.NoSuchPath:
                throw OutsideProfile.TryExplain(context, result.Path!) ?? new CommandException(ExitCode.NotFound, $"'{Encoding.UTF8.GetString(result.Path!)}' is not tracked, and no file that could be added is there.", "Ignored files can't be added.");
            case CommitOutcome.NothingChanged:
                context.Output.Line(result.HasUntracked
                    ? "nothing to commit, but untracked files are there (name them to add them: 'mr commit PATH')"
                    : "nothing to commit, working copy clean");
                return ExitCode.Negative;
        }

        string where = result.Head.Branch is { } branch ? branch.Short : "detached HEAD";
        context.Output.Text($"[{where}{(result.IsRoot ? " (root-commit)" : "")} {context.Clone.History.Abbreviate(result.Id)}] ");
        CommitText.WriteSubject(message, context.Output);
        context.Output.Line($"\n {result.FilesChanged:N0} file{(result.FilesChanged == 1 ? "" : "s")} changed");
        return ExitCode.Success;
    }

    private static async Task<byte[]> ReadMessageAsync(CommandContext context, string[] paragraphs, string? file, CancellationToken cancellationToken)
    {
        if (paragraphs.Length == 0 && file is null)
        {
            throw new CommandException(ExitCode.Usage, "a commit needs a message.", "Give it with -m \"MESSAGE\" or -F FILE.");
        }

        if (paragraphs.Length > 0 && file is not null)
        {
            throw new CommandException(ExitCode.Usage, "-m and -F can't be combined.");
        }

        byte[] raw = file is null ? Encoding.UTF8.GetBytes(string.Join("\n\n", paragraphs)) : await ReadFileAsync(context, file, cancellationToken);
        if (raw.Contains((byte)0))
        {
            throw new CommandException(ExitCode.Usage, "the message holds a NUL byte, which no commit can.");
        }

        byte[] message = CommitMessage.Clean(raw);
        return message.Length > 0 ? message : throw new CommandException(ExitCode.Negative, "the message is empty: nothing was committed.");
    }

    private static async Task<byte[]> ReadFileAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        if (file != "-")
        {
            string path = Path.Combine(context.Surroundings.WorkingDirectory, file);
            return File.Exists(path)
                ? await File.ReadAllBytesAsync(path, cancellationToken)
                : throw new CommandException(ExitCode.NotFound, $"there is no file '{file}' to take the message from.");
        }

        using MemoryStream text = new();
        await using Stream input = Console.OpenStandardInput();
        await input.CopyToAsync(text, cancellationToken);
        return text.ToArray();
    }
}
