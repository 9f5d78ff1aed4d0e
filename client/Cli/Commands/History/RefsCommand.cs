using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr refs</c>: branches and tags, and which of them hold a commit. Local and offline.</summary>
public static class RefsCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> prefix = new("PREFIX") { Description = "Only refs whose names start so: refs/heads/, refs/tags/v1.", DefaultValueFactory = _ => "" };
        Option<string?> contains = new("--contains") { Description = "Only refs that the commit is reachable from.", HelpName = "REV" };
        Option<string?> merged = new("--merged") { Description = "Only refs that are reachable from the commit.", HelpName = "REV" };
        Option<bool> json = Options.Json("One JSON object a line: name, target, and peeled for annotated tags.");
        Command command = new("refs", "List branches and tags as of the last pull: ID NAME, sorted by name.") { prefix, contains, merged, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            IEnumerable<RefEntry> refs = context.Clone.Refs.List(parse.GetValue(prefix)!);
            CommitLog log = context.Clone.History;
            if (parse.GetValue(contains) is { } held)
            {
                CommitNode node = context.FindCommit(await context.ResolveCommitAsync(held, cancellationToken));
                refs = Choose(log, refs, tips => RefReach.Containing(log, node.Position, tips));
            }

            if (parse.GetValue(merged) is { } holder)
            {
                CommitNode node = context.FindCommit(await context.ResolveCommitAsync(holder, cancellationToken));
                refs = Choose(log, refs, tips => RefReach.ContainedIn(log, node.Position, tips));
            }

            foreach (RefEntry entry in refs)
            {
                if (parse.GetValue(json))
                {
                    WriteJson(context.Output, entry);
                }
                else
                {
                    context.Output.Line($"{entry.Target} {entry.Name}");
                }
            }

            return ExitCode.Success;
        });
    }

    private static List<RefEntry> Choose(CommitLog log, IEnumerable<RefEntry> refs, Func<IEnumerable<int>, IReadOnlySet<int>> choose)
    {
        // Tags may name trees and blobs, which hold no commits.
        List<(RefEntry Ref, int Position)> tips = [];
        foreach (RefEntry entry in refs)
        {
            if (log.TryFind(entry.PeeledTarget, out CommitNode node))
            {
                tips.Add((entry, node.Position));
            }
        }

        IReadOnlySet<int> chosen = choose(tips.Select(t => t.Position));
        return [.. tips.Where(t => chosen.Contains(t.Position)).Select(t => t.Ref)];
    }

    private static void WriteJson(OutputStream output, RefEntry entry)
    {
        output.JsonObject(json =>
        {
            json.WriteString("name", entry.Name.Value);
            json.WriteString("target", entry.Target.ToString());
            if (entry.Peeled is { } peeled)
            {
                json.WriteString("peeled", peeled.ToString());
            }

        });
    }
}
