using System.CommandLine;
using Monorepo.Cli.Commands.History.Blame;
using Monorepo.Cli.Output.Blame;
using Monorepo.Core;
using Monorepo.Workspace.Blame;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr blame [REV] PATH</c>: who wrote each line. One question for the history, one batch for all versions.</summary>
public static class BlameCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> names = new("REV PATH") { Description = "A file, as it is in a revision; without one in HEAD.", Arity = new ArgumentArity(1, 2) };
        Option<string[]> lines = new("-L") { Description = "Only these lines: START,END, START,+N; may be given again.", HelpName = "RANGE", AllowMultipleArgumentsPerToken = false };
        Option<bool> porcelain = new("--porcelain", "-p") { Description = "Git's form for programs." };
        Option<bool> linePorcelain = new("--line-porcelain") { Description = "As --porcelain, with all details for every line." };
        Option<bool> json = Options.Json("One JSON object a line for each run of lines.");
        Option<bool> whitespace = new("-w") { Description = "Lines that differ in white space only are the same." };
        Option<bool> longIds = new("-l") { Description = "Whole ids." };
        Option<int> abbreviation = Options.Abbreviation();
        Command command = new("blame", "Show who wrote each line of a file, and when.") { names, lines, porcelain, linePorcelain, json, whitespace, longIds, abbreviation };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] given = parse.GetValue(names)!;
            CommitLog log = context.Clone.History;
            int commit = await PositionAsync(context, given.Length == 2 ? given[0] : "HEAD", cancellationToken);
            byte[] path = RepositoryPath.Resolve(context.Clone.Paths.WorkingCopy, context.Surroundings.WorkingDirectory, given[^1])
                ?? throw new CommandException(ExitCode.Usage, $"'{given[^1]}' is outside of the working copy at {context.Clone.Paths.WorkingCopy}.");
            Blamer blamer = new(log, new PathHistories(log, context.PathHistories, context.Objects), context.Objects);
            BlameResult result;
            try
            {
                result = await blamer.RunAsync(
                    commit, path, parse.GetValue(whitespace), count => LineRanges.Parse(parse.GetValue(lines) ?? [], count, given[^1]), cancellationToken);
            }
            catch (NotAFileException e)
            {
                throw new CommandException(ExitCode.NotFound, e.Message);
            }
            catch (RemoteException e) when (e.IsTransient)
            {
                throw new CommandException(ExitCode.Unavailable, $"{e.Message} The history of '{given[^1]}' is kept by the server and is not here.");
            }

            if (context.PathHistories.Failure is { } failure)
            {
                // Lines could be newer than what is known, so there is no answer to print.
                throw new CommandException(
                    ExitCode.Unavailable, $"{failure.Message} The history of '{given[^1]}' is not known here from {log.IdAt((int)context.PathHistories.UnknownFrom).Abbreviate(10)} on.");
            }

            BlamedCommits commits = new(log);
            if (parse.GetValue(json))
            {
                BlameJson.Write(context.Output, log, commits, result);
            }
            else if (parse.GetValue(porcelain) || parse.GetValue(linePorcelain))
            {
                new BlamePorcelain(context.Output, log, commits, parse.GetValue(linePorcelain)).Write(result);
            }
            else
            {
                int digits = Digits(log, result, parse.GetValue(longIds) ? ObjectId.HexSize : parse.GetValue(abbreviation));
                new BlameTable(context.Output, commits, digits).Write(result, path);
            }

            return ExitCode.Success;
        });
    }

    // Git leaves a place for the mark of root commits.
    private static int Digits(CommitLog log, BlameResult result, int asked)
    {
        int digits = asked > 0 ? asked : result.Runs.Select(r => r.Source.Commit).Distinct().Select(c => log.Abbreviate(log.IdAt(c)).Length).DefaultIfEmpty(7).Max();
        return Math.Min(ObjectId.HexSize, digits + 1);
    }

    private static async Task<int> PositionAsync(CommandContext context, string revision, CancellationToken cancellationToken)
    {
        ObjectId id = await context.ResolveCommitAsync(revision, cancellationToken);
        return context.Clone.History.TryFind(id, out CommitNode node)
            ? node.Position
            : throw new CommandException(ExitCode.NotFound, $"Commit {id} is not in this clone's history.", "Run 'mr pull' to get what the server has.");
    }
}
