using System.CommandLine;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.Contents;

/// <summary><c>mr cat REV:PATH</c>: a file's bytes at any revision.</summary>
public static class CatCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> name = new("REV:PATH") { Description = "A file at a revision (main:README.md), or an object's id." };
        Command command = new("cat", "Print a file as it was at a revision.") { name };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            RevisionResult found = await context.ResolveAsync(parse.GetValue(name)!, cancellationToken);
            if (found.Mode.Kind() == EntryKind.Submodule)
            {
                throw new CommandException(ExitCode.NotFound, $"{parse.GetValue(name)} is a submodule at commit {found.Id}, which lives in another repository.");
            }

            GitObject content = await context.Objects.ReadAsync(found.Id, cancellationToken);
            if (content.Kind == ObjectKind.Tree)
            {
                throw new CommandException(ExitCode.Usage, $"{parse.GetValue(name)} is a directory.", $"'mr ls-tree {parse.GetValue(name)}' lists it.");
            }

            context.Output.Bytes(content.Body.Span);
            return ExitCode.Success;
        });
    }
}
