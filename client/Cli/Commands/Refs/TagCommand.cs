using System.CommandLine;
using System.Text;
using Monorepo.Cli.Editing;
using Monorepo.Cli.Identities;
using Monorepo.Core;
using Monorepo.Workspace.Branches;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.Refs;

/// <summary><c>mr tag</c>: lists tags, and makes and deletes those of the clone.</summary>
public static class TagCommand
{
    public static Command Create(Surroundings surroundings)
    {
        MessageOptions messages = new();
        Argument<string[]> names = new("NAME") { Description = "NAME [REV]: tag REV, or what is checked out. With -l: patterns; with -d: those to delete.", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> list = new("--list", "-l") { Description = "List tags; names are patterns then." };
        Option<bool> annotate = new("--annotate", "-a") { Description = "Make an annotated tag: with your name, the time and a message. -m and -F do, too." };
        Option<bool> delete = new("--delete", "-d") { Description = "Delete tags of this clone." };
        Option<bool> force = new("--force", "-f") { Description = "Let a tag that is there name something else." };
        Option<bool> json = Options.Json("One JSON object a line: name, target, peeled, local.");
        Command command = new("tag", "List tags, or make or delete one. 'mr push TAG' sends it to the server.") { names, list, annotate, delete, force, json };
        messages.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] given = parse.GetValue(names) ?? [];
            byte[]? message = await messages.ReadAsync(context, parse, cancellationToken);
            if (parse.GetValue(delete))
            {
                return Delete(context, given);
            }

            if (given.Length == 0 || parse.GetValue(list))
            {
                List(context, [.. given.Select(p => new RefPattern(p))], parse.GetValue(json));
                return ExitCode.Success;
            }

            if (given.Length > 2)
            {
                throw new CommandException(ExitCode.Usage, "a new tag takes a name, and maybe a revision.");
            }

            RefName name = RefArguments.ParseTag(given[0]);
            RevisionResult target = await context.ResolveAsync(given.Length == 2 ? given[1] : "HEAD", cancellationToken);
            TagAnnotation? annotation = parse.GetValue(annotate) || message is not null
                ? await AnnotateAsync(context, name, target, message, parse.GetValue(force), cancellationToken)
                : null;
            BranchChange made = RefArguments.Checked(context.Clone, new TagEditor(context.Clone).Create(name, target.Id, annotation, parse.GetValue(force)));
            if (made.Target is { } old)
            {
                context.Output.Line($"Updated tag '{name.Short}' (was {context.Abbreviation(0)(old)})");
            }

            return ExitCode.Success;
        });
    }

    private static async Task<TagAnnotation> AnnotateAsync(
        CommandContext context, RefName name, RevisionResult target, byte[]? message, bool force, CancellationToken cancellationToken)
    {
        Signature tagger = CommitIdentity.ResolveCommitter(context.Surroundings.Identity, context.Clone, TimeProvider.System);
        if (message is null)
        {
            // Before somebody writes a message for nothing.
            if (!force && BranchNames.Find(context.Clone, name) is not null)
            {
                RefArguments.Checked(context.Clone, new BranchChange(BranchOutcome.Exists, name));
            }

            byte[] template = Encoding.UTF8.GetBytes($"\n# Write the message of the tag '{name.Short}' above. Lines that start with '#' are left out;\n# with no message there is no tag.\n");
            message = await MessageEditor.EditAsync(context, MessageEditor.TagDraft, template, cancellationToken);
        }

        return new TagAnnotation(target.Kind, tagger, MessageOptions.Check(message, "tag"));
    }

    private static ExitCode Delete(CommandContext context, string[] names)
    {
        if (names.Length == 0)
        {
            throw new CommandException(ExitCode.Usage, "tag name required.");
        }

        TagEditor editor = new(context.Clone);
        foreach (string text in names)
        {
            BranchChange gone = RefArguments.Checked(context.Clone, editor.Delete(RefArguments.ParseTag(text)));
            context.Output.Line($"Deleted tag '{gone.Name.Short}' (was {context.Abbreviation(0)(gone.Target!.Value)}){(gone.IsOnServer ? "; the server's of that name stays" : "")}");
        }

        return ExitCode.Success;
    }

    private static void List(CommandContext context, IReadOnlyCollection<RefPattern> patterns, bool asJson)
    {
        foreach (RefEntry entry in context.Clone.VisibleRefs().List(RefName.Tags))
        {
            if (!RefPattern.MatchesAny(patterns, entry.Name))
            {
                continue;
            }

            if (asJson)
            {
                WriteJson(context, entry);
            }
            else
            {
                context.Output.Line(entry.Name.Short);
            }
        }
    }

    private static void WriteJson(CommandContext context, RefEntry entry)
    {
        context.Output.JsonObject(json =>
        {
            json.WriteString("name", entry.Name.Value);
            json.WriteString("target", entry.Target.ToString());
            if (entry.Peeled is { } peeled)
            {
                json.WriteString("peeled", peeled.ToString());
            }

            json.WriteBoolean("local", context.Clone.Local.Refs.ContainsKey(entry.Name));
        });
    }
}
