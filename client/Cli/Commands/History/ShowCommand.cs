using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Changes;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr show</c>: a commit with its patch, a tag, a directory or a file.</summary>
public static class ShowCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> name = new("REV") { Description = "A commit, a tag, or REV:PATH.", DefaultValueFactory = _ => "HEAD" };
        Option<int> abbreviation = Options.Abbreviation();
        ChangeOptions changes = new();
        Command command = new("show", "Show a commit and what it changed. Of a merge only the head is shown; 'mr diff REV^1 REV' shows a side.") { name, abbreviation };
        changes.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string revision = parse.GetValue(name)!;
            RevisionResult found = await context.ResolveAsync(revision, cancellationToken);
            Func<ObjectId, string> abbreviate = context.Abbreviation(parse.GetValue(abbreviation));
            CommitFormatter formatter = new(context.Output, abbreviate);
            GitObject shown = await context.Objects.ReadAsync(found.Id, cancellationToken);
            while (shown.Kind == ObjectKind.Tag)
            {
                Tag tag = Tag.Parse(shown.Body);
                formatter.Annotation(tag);
                shown = await context.Objects.ReadAsync(tag.Target, cancellationToken);
            }

            switch (shown.Kind)
            {
                case ObjectKind.Commit:
                    await WriteCommitAsync(context, formatter, shown, changes.Read(parse, context.Settings, ChangeFormats.Patch), abbreviate, cancellationToken);
                    break;
                case ObjectKind.Tree:
                    WriteTree(context.Output, revision, shown);
                    break;
                default:
                    context.Output.Bytes(shown.Body.Span);
                    break;
            }

            return ExitCode.Success;
        });
    }

    private static async Task WriteCommitAsync(
        CommandContext context, CommitFormatter formatter, GitObject shown, ChangeStyle style, Func<ObjectId, string> abbreviate, CancellationToken cancellationToken)
    {
        Commit commit = Commit.Parse(shown.Body);
        formatter.Medium(shown.Id, commit);
        if (commit.Parents.Count > 1 || style.IsEmpty)
        {
            return;
        }

        // Of a shallow clone's last commit the server has the parent.
        ObjectId? before = commit.Parents.Count == 0 ? null
            : context.Clone.History.IsShallow ? Commit.Parse((await context.Objects.ReadAsync(commit.Parents[0], cancellationToken)).Body).Tree
            : context.ReadCommit(commit.Parents[0]).Tree;
        IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(context.Objects, before, commit.Tree, cancellationToken);
        if (changes.Count == 0)
        {
            return;
        }

        // As in a log: what parts the message from a table before a patch.
        context.Output.Text(style.Formats.HasFlag(ChangeFormats.Stat | ChangeFormats.Patch) && !style.HasNamesOnly ? "---\n" : "\n");
        using ChangePrinter printer = new(context.Output, style, abbreviate, context.Surroundings.Columns);
        await printer.PrintAsync(context.Objects, changes, cancellationToken);
    }

    private static void WriteTree(OutputStream output, string revision, GitObject tree)
    {
        output.Line($"tree {revision}");
        output.Line("");
        foreach (TreeEntry entry in new TreeReader(tree.Body.Span))
        {
            output.Bytes(entry.Name);
            output.Text(entry.Mode.IsDirectory() ? "/\n" : "\n");
        }
    }
}
