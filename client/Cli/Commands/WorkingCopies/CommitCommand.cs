using System.CommandLine;
using Monorepo.Cli.Commands.Merging;
using Monorepo.Cli.Editing;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr commit</c>: a commit of the changes in the working copy, local until it is pushed.</summary>
public static class CommitCommand
{
    public static Command Create(Surroundings surroundings)
    {
        MessageOptions messages = new();
        Option<string?> author = new("--author") { Description = "Who made the change, if not you.", HelpName = "\"NAME <MAIL>\"" };
        Option<string?> date = new("--date") { Description = "When it was made, if not now.", HelpName = "DATE" };
        Option<bool> allowEmpty = new("--allow-empty") { Description = "Commit even if nothing changed." };
        Option<bool> amend = new("--amend") { Description = "Replace the last commit, as 'mr amend' does." };
        Option<bool> noEdit = new("--no-edit") { Description = "With --amend: keep the message." };
        Argument<string[]> paths = new("PATH") { Description = "Commit these files and folders only, new ones included.", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("commit", "Commit all changes of tracked files, or those at the paths named, new files included. There is no staging area. Without -m or -F an editor asks for the message.");
        messages.AddTo(command);
        foreach (Option option in (Option[])[author, date, allowEmpty, amend, noEdit])
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(paths);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            bool isAmend = parse.GetValue(amend);
            if (parse.GetValue(noEdit) && !isAmend)
            {
                throw new CommandException(ExitCode.Usage, "--no-edit is for --amend: a new commit has no message to keep.");
            }

            string[] named = parse.GetValue(paths) ?? [];
            byte[]? message = await messages.ReadAsync(context, parse, cancellationToken);
            Func<Task<byte[]>>? given = message is null ? null : () => Task.FromResult(MessageOptions.Check(message, "commit"));
            if (!isAmend && await MergeCommit.TryAsync(context, given, named, cancellationToken) is { } ended)
            {
                return ended;
            }

            return await CommitRun.RunAsync(
                context,
                new CommitArguments(
                    message,
                    parse.GetValue(author),
                    parse.GetValue(date),
                    named.Length == 0 ? null : [.. named.Select(p => PathArguments.Resolve(context, p))],
                    parse.GetValue(allowEmpty),
                    isAmend,
                    parse.GetValue(noEdit)),
                cancellationToken);
        });
    }
}
