using System.CommandLine;
using System.Globalization;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Blame;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr last-modified [REV] [DIR]</c>: for each entry of a folder the commit that changed it last.</summary>
public static class LastModifiedCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> names = new("REV DIR") { Description = "A folder, as it is in a revision; without both: this folder in HEAD.", Arity = new ArgumentArity(0, 2) };
        Option<int> abbreviation = Options.Abbreviation();
        Option<bool> json = Options.Json("One JSON object a line for each entry.");
        Command command = new("last-modified", "Show for each entry of a folder the commit that changed it last.") { names, abbreviation, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] given = parse.GetValue(names) ?? [];
            string typed = given.Length == 0 ? "." : given[^1];
            CommitLog log = context.Clone.History;
            ObjectId id = await context.ResolveCommitAsync(given.Length == 2 ? given[0] : "HEAD", cancellationToken);
            byte[] directory = RepositoryPath.Resolve(context.Clone.Paths.WorkingCopy, context.Surroundings.WorkingDirectory, typed)
                ?? throw new CommandException(ExitCode.Usage, $"'{typed}' is outside of the working copy at {context.Clone.Paths.WorkingCopy}.");
            if (!log.TryFind(id, out CommitNode node))
            {
                throw new CommandException(ExitCode.NotFound, $"Commit {id} is not in this clone's history.", "Run 'mr pull' to get what the server has.");
            }

            IReadOnlyList<LastModifiedItem>? items;
            try
            {
                items = await new LastModified(log, context.PathHistories, context.Objects).ReadAsync(node.Position, directory, cancellationToken);
            }
            catch (RemoteException e) when (e.IsTransient)
            {
                throw new CommandException(ExitCode.Unavailable, $"{e.Message} What changed the entries of '{typed}' last is kept by the server and is not here.");
            }

            if (items is null)
            {
                throw new CommandException(ExitCode.NotFound, $"'{typed}' is no folder in {id.Abbreviate(10)}.");
            }

            BlamedCommits commits = new(log);
            if (parse.GetValue(json))
            {
                WriteJson(context.Output, commits, items);
            }
            else
            {
                WriteTable(context.Output, commits, items, context.Abbreviation(parse.GetValue(abbreviation)));
            }

            return ExitCode.Success;
        });
    }

    private static void WriteTable(OutputStream output, BlamedCommits commits, IReadOnlyList<LastModifiedItem> items, Func<ObjectId, string> abbreviate)
    {
        List<(string Id, BlamedCommit Commit, LastModifiedItem Item)> rows =
            [.. items.Where(i => i.Commit >= 0).Select(i => (abbreviate(commits.Get(i.Commit).Id), commits.Get(i.Commit), i))];
        int idColumns = rows.Select(r => r.Id.Length).DefaultIfEmpty().Max();
        int nameColumns = rows.Select(r => r.Item.Name.Length).DefaultIfEmpty().Max() + 1;
        foreach ((string id, BlamedCommit commit, LastModifiedItem item) in rows)
        {
            output.Text(id.PadRight(idColumns + 1));
            output.Text(commit.Author.Identity.Time.ToString("yyyy-MM-dd ", CultureInfo.InvariantCulture));
            output.Bytes(item.Name.Span);
            output.Text(item.Mode.IsDirectory() ? "/" : " ");
            output.Text(new string(' ', nameColumns - item.Name.Length));
            output.Bytes(commit.Summary);
            output.Text("\n");
        }
    }

    private static void WriteJson(OutputStream output, BlamedCommits commits, IReadOnlyList<LastModifiedItem> items)
    {
        foreach (LastModifiedItem item in items)
        {
            output.JsonObject(json =>
            {
                json.WriteString("name", Encoding.UTF8.GetString(item.Name.Span));
                json.WriteString("mode", item.Mode.ToOctal());
                json.WriteString("id", item.Id.ToString());
                if (item.Commit >= 0)
                {
                    BlamedCommit commit = commits.Get(item.Commit);
                    json.WriteString("commit", commit.Id.ToString());
                    json.WriteString("author", Encoding.UTF8.GetString(commit.Author.Name));
                    json.WriteString("email", Encoding.UTF8.GetString(commit.Author.Email));
                    json.WriteNumber("time", commit.Author.Identity.UnixSeconds);
                    json.WriteString("summary", Encoding.UTF8.GetString(commit.Summary));
                }
            });
        }
    }
}
