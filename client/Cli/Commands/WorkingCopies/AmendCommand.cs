using System.CommandLine;
using Monorepo.Cli.Editing;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr amend</c>: the last local commit again, with what changed since.</summary>
public static class AmendCommand
{
    public static Command Create(Surroundings surroundings)
    {
        MessageOptions messages = new();
        Option<bool> noEdit = new("--no-edit") { Description = "Keep the message." };
        Option<string?> author = new("--author") { Description = "Another author; without it the commit's stays.", HelpName = "\"NAME <MAIL>\"" };
        Option<bool> allowEmpty = new("--allow-empty") { Description = "Amend even if the commit changes nothing then." };
        Argument<string[]> paths = new("PATH") { Description = "Take changes of these files and folders only, new ones included.", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("amend", "Replace the last commit by one that also has the changes of tracked files, or those at the paths named. Only commits that the server does not have.");
        messages.AddTo(command);
        foreach (Option option in (Option[])[noEdit, author, allowEmpty])
        {
            command.Options.Add(option);
        }

        command.Arguments.Add(paths);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] named = parse.GetValue(paths) ?? [];
            return await CommitRun.RunAsync(
                context,
                new CommitArguments(
                    await messages.ReadAsync(context, parse, cancellationToken),
                    parse.GetValue(author),
                    Date: null,
                    named.Length == 0 ? null : [.. named.Select(p => PathArguments.Resolve(context, p))],
                    parse.GetValue(allowEmpty),
                    Amend: true,
                    parse.GetValue(noEdit)),
                cancellationToken);
        });
    }
}
