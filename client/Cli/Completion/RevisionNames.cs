using System.CommandLine;
using System.CommandLine.Completions;
using Monorepo.Core;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Completion;

/// <summary>Branches and tags for the words that take a revision or ref.</summary>
internal static class RevisionNames
{
    /// <summary>More help nobody; a shell asks again after the next letter.</summary>
    private const int NamesMax = 200;

    /// <summary>Gives every argument of the commands that is named as a revision or ref the clone's names to offer.</summary>
    public static void AddTo(Command root, Surroundings surroundings)
    {
        foreach (Command command in root.Subcommands)
        {
            foreach (Argument argument in command.Arguments)
            {
                if (argument.Name.StartsWith("REV", StringComparison.Ordinal) || argument.Name.StartsWith("REF", StringComparison.Ordinal))
                {
                    argument.CompletionSources.Add(context => Find(surroundings, context.WordToComplete));
                }
            }
        }
    }

    private static CompletionItem[] Find(Surroundings surroundings, string start)
    {
        try
        {
            using Clone clone = Clone.Open(surroundings.WorkingDirectory);
            return [.. Named(clone, RefName.Branches, "branch", start), .. Named(clone, RefName.Tags, "tag", start)];
        }
        catch (IOException)
        {
            // Outside of a clone there is nothing to offer, and a damaged one tells its own commands.
            return [];
        }
    }

    private static IEnumerable<CompletionItem> Named(Clone clone, string folder, string kind, string start) =>
        clone.VisibleRefs().List(folder + start).Take(NamesMax).Select(entry => new CompletionItem(entry.Name.Short, detail: kind));
}
