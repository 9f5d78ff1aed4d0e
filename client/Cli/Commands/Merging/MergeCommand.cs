using System.CommandLine;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary><c>mr merge</c>: takes another line of history into what is checked out.</summary>
public static class MergeCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string?> revision = new("REV") { Description = "A branch, a tag or a commit.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> noForward = new("--no-ff") { Description = "Make a merge commit even where the branch could just go forward." };
        Option<bool> onlyForward = new("--ff-only") { Description = "Go forward, or refuse." };
        Option<string[]> message = new("--message", "-m") { Description = "The merge's message; several become paragraphs.", HelpName = "MSG" };
        ResumeOptions resume = new(OperationKind.Merge);
        Command command = new("merge", "Merge another branch into the one that is checked out. Stops at conflicts; 'mr status' lists them.")
        {
            revision, noForward, onlyForward, message,
        };
        resume.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string? name = parse.GetValue(revision);
            byte[]? text = ReadMessage(parse.GetValue(message) ?? []);
            Resumption resumption = resume.Choose(parse, hasOthers: name is not null || parse.GetValue(noForward) || parse.GetValue(onlyForward));
            if (resumption != Resumption.None)
            {
                return await OperationCommands.ResumeAsync(context, OperationKind.Merge, resumption, cancellationToken, text, resume.IsJson(parse));
            }

            if (name is null)
            {
                throw new CommandException(ExitCode.Usage, "what is to be merged?", "Name a branch, a tag or a commit: 'mr merge BRANCH'.");
            }

            ObjectId commit = await context.ResolveCommitAsync(name, cancellationToken);
            text ??= Encoding.UTF8.GetBytes(await DescribeAsync(context, name, cancellationToken));
            MergeRequest request = new(commit, name, text, !parse.GetValue(noForward), parse.GetValue(onlyForward));
            OperationResult result = await OperationCommands.BeginAsync(context, runner => runner.MergeAsync(request, cancellationToken), cancellationToken);
            return OperationCommands.Report(context, OperationKind.Merge, result, resume.IsJson(parse));
        });
    }

    private static byte[]? ReadMessage(string[] paragraphs)
    {
        byte[] message = CommitMessage.Clean(Encoding.UTF8.GetBytes(string.Join("\n\n", paragraphs)));
        return message.Length == 0 ? null : message;
    }

    // Git's default message.
    private static async Task<string> DescribeAsync(CommandContext context, string name, CancellationToken cancellationToken)
    {
        RevisionResult named = await context.ResolveAsync(name, cancellationToken);
        bool isServers = name.StartsWith("origin/", StringComparison.Ordinal) || name.StartsWith("refs/remotes/", StringComparison.Ordinal);
        string what = named.Ref switch
        {
            { IsBranch: true } when isServers => $"remote-tracking branch '{name.Replace("refs/remotes/", "", StringComparison.Ordinal)}'",
            { IsBranch: true } branch => $"branch '{branch.Short}'",
            { IsTag: true } tag => $"tag '{tag.Short}'",
            _ => $"commit '{name}'",
        };
        string into = context.Clone.Head.Branch?.Short ?? "HEAD";
        return $"Merge {what}{(into is "main" or "master" ? "" : $" into {into}")}\n";
    }
}
