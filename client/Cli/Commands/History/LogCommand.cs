using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr log</c>: the history, local and offline.</summary>
public static class LogCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "Where to start, or a range A..B.", DefaultValueFactory = _ => "HEAD" };
        Option<int?> count = new("--max-count", "-n") { Description = "Stop after this many commits." };
        Option<bool> oneLine = new("--oneline") { Description = "One line a commit: abbreviated id and subject." };
        Option<int> abbreviation = Options.Abbreviation();
        Option<bool> json = Options.Json("One JSON object a line.");
        Command command = new("log", "Show commits, newest first.") { revision, count, oneLine, abbreviation, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            RevisionRange range = await context.ResolveRangeAsync(parse.GetValue(revision)!, cancellationToken);
            CommitLog log = context.Clone.History;
            IEnumerable<CommitNode> commits = Select(log, range);
            if (parse.GetValue(count) is { } most)
            {
                commits = commits.Take(most);
            }

            CommitFormatter formatter = new(context.Output, context.Abbreviation(parse.GetValue(abbreviation)));
            bool first = true;
            foreach (CommitNode node in commits)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Commit commit = log.Read(node.Position);
                if (parse.GetValue(json))
                {
                    WriteJson(context.Output, node.Id, commit);
                }
                else if (parse.GetValue(oneLine))
                {
                    formatter.OneLine(node.Id, commit);
                }
                else
                {
                    if (!first)
                    {
                        context.Output.Text("\n");
                    }

                    formatter.Medium(node.Id, commit);
                    first = false;
                }
            }

            return ExitCode.Success;
        });
    }

    private static IEnumerable<CommitNode> Select(CommitLog log, RevisionRange range)
    {
        int right = Position(log, range.Right);
        if (range.Left is not { } leftResult)
        {
            return CommitWalk.Log(log, [right]);
        }

        int left = Position(log, leftResult);
        return range.IsSymmetric
            ? CommitWalk.Log(log, [left, right], [.. CommitWalk.MergeBases(log, left, right).Select(b => b.Position)])
            : CommitWalk.Log(log, [right], [left]);
    }

    private static int Position(CommitLog log, RevisionResult revision) => log.TryFind(revision.Id, out CommitNode node)
        ? node.Position
        : throw new CommandException(ExitCode.NotFound, $"{revision.Id} is a {revision.Kind.ToName()}, and log shows commits.");

    private static void WriteJson(OutputStream output, ObjectId id, Commit commit)
    {
        using (Utf8JsonWriter json = new(output, Options.JsonWriter))
        {
            json.WriteStartObject();
            json.WriteString("id", id.ToString());
            json.WriteString("tree", commit.Tree.ToString());
            json.WriteStartArray("parents");
            foreach (ObjectId parent in commit.Parents)
            {
                json.WriteStringValue(parent.ToString());
            }

            json.WriteEndArray();
            WriteIdentity(json, "author", commit.Author, commit.Encoding);
            WriteIdentity(json, "committer", commit.Committer, commit.Encoding);
            json.WriteString("message", Encoding.UTF8.GetString(CommitFormatter.Decode(commit.Message, commit.Encoding)));
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteIdentity(Utf8JsonWriter json, string name, Identity identity, ReadOnlyMemory<byte> encoding)
    {
        json.WriteStartObject(name);
        json.WriteString("name", Encoding.UTF8.GetString(CommitFormatter.Decode(identity.Name, encoding)));
        json.WriteString("email", Encoding.UTF8.GetString(CommitFormatter.Decode(identity.Email, encoding)));
        json.WriteNumber("time", identity.UnixSeconds);
        json.WriteNumber("zoneMinutes", identity.ZoneMinutes);
        json.WriteEndObject();
    }
}
