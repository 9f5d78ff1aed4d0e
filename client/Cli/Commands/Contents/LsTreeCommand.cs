using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.Contents;

/// <summary><c>mr ls-tree</c>: a directory of a revision, in the format of <c>git ls-tree</c>.</summary>
public static class LsTreeCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "A revision, or a directory at one (main:src).", DefaultValueFactory = _ => "HEAD" };
        Option<bool> recursive = new("-r") { Description = "Every file below, instead of directories." };
        Option<bool> nameOnly = new("--name-only") { Description = "Paths only." };
        Option<bool> zero = new("-z") { Description = "End lines with NUL and quote nothing." };
        Command command = new("ls-tree", "List a directory of a revision.") { revision, recursive, nameOnly, zero };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            ObjectId root = await context.ResolveTreeAsync(parse.GetValue(revision)!, cancellationToken);
            bool quote = !parse.GetValue(zero);
            bool names = parse.GetValue(nameOnly);
            TreeWalker walker = new(context.Objects);
            if (parse.GetValue(recursive))
            {
                await foreach (TreeItem item in walker.ListAsync(root, withDirectories: false, cancellationToken))
                {
                    Write(context.Output, item, names, quote);
                }
            }
            else
            {
                foreach (TreeItem item in await walker.ReadItemsAsync(root, default, cancellationToken))
                {
                    Write(context.Output, item, names, quote);
                }
            }

            return ExitCode.Success;
        });
    }

    private static void Write(OutputStream output, TreeItem item, bool nameOnly, bool quote)
    {
        if (!nameOnly)
        {
            output.Text($"{item.Mode.ToOctal()} {item.Mode.ObjectKind().ToName()} {item.Id}\t");
        }

        if (quote)
        {
            PathQuoting.Write(output, default, item.Path.Span);
            output.Text("\n");
        }
        else
        {
            output.Bytes(item.Path.Span);
            output.Text("\0");
        }
    }
}
