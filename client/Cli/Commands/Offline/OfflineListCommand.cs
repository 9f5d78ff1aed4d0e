using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.Offline;

/// <summary><c>mr offline list</c>.</summary>
public static class OfflineListCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("A JSON array: revision, commit, where the revision is now, paths.");
        return new Command("list", "Show what is declared, at which commit, and whether its revision has moved since.") { json }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            List<(OfflineDeclaration Declaration, ObjectId? Now)> declared = [];
            foreach (OfflineDeclaration declaration in new OfflineStore(context.Clone.Paths).Load())
            {
                RevisionResult now = await context.Clone.CreateResolver(context.Objects).ResolveCommitAsync(declaration.Revision, cancellationToken);
                declared.Add((declaration, now.IsResolved ? now.Id : null));
            }

            if (parse.GetValue(json))
            {
                WriteJson(context.Output, declared);
            }
            else
            {
                declared.ForEach(d => WriteText(context, d.Declaration, d.Now));
            }

            return ExitCode.Success;
        });
    }

    private static void WriteText(CommandContext context, OfflineDeclaration declaration, ObjectId? now)
    {
        Func<ObjectId, string> abbreviate = context.Abbreviation(0);
        string moved = now is not { } at ? ", which names nothing now" : at == declaration.Commit ? "" : $", now at {abbreviate(at)}: 'mr offline update {declaration.Revision}' follows";
        context.Output.Line($"{declaration.Revision} {abbreviate(declaration.Commit)}{moved}");
        foreach (string part in OfflineNames.PartsOf(declaration))
        {
            context.Output.Line($"  {part}");
        }
    }

    private static void WriteJson(OutputStream output, List<(OfflineDeclaration Declaration, ObjectId? Now)> declared)
    {
        output.JsonArray(json =>
        {
            foreach ((OfflineDeclaration declaration, ObjectId? now) in declared)
            {
                json.WriteStartObject();
                json.WriteString("revision", declaration.Revision);
                json.WriteString("commit", declaration.Commit.ToString());
                json.WriteString("now", now?.ToString());
                json.WriteBoolean("all", declaration.IsAll);
                json.WriteBoolean("sparse", declaration.Sparse is not null);
                json.WriteStartArray("paths");
                foreach (string path in declaration.Paths)
                {
                    json.WriteStringValue(path);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        });
    }
}
