using System.CommandLine;
using System.CommandLine.Parsing;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary>What <c>mr diff</c> compares.</summary>
/// <param name="Left">A tree; null: what is checked out.</param>
/// <param name="Right">A tree; null: the working copy.</param>
/// <param name="Paths">From the root; none: everything.</param>
internal sealed record DiffSides(ObjectId? Left, ObjectId? Right, IReadOnlyList<ReadOnlyMemory<byte>> Paths)
{
    /// <exception cref="CommandException">A word is neither a revision nor a path, or there are too many revisions.</exception>
    public static async Task<DiffSides> ReadAsync(CommandContext context, ParseResult parse, string[] words, CancellationToken cancellationToken)
    {
        int dashes = parse.Tokens.ToList().FindIndex(static t => t.Type == TokenType.DoubleDash);
        int named = dashes < 0 ? words.Length : words.Length - (parse.Tokens.Count - dashes - 1);
        List<ObjectId> trees = [];
        bool isRange = false;
        int read = 0;
        for (; read < named; read++)
        {
            RevisionRange range = await context.Clone.CreateResolver(context.Objects).ResolveRangeAsync(words[read], cancellationToken);
            if (range.Failure is not null && dashes < 0 && Exists(context, words[read]))
            {
                // As in git, what is a file may stand without the dashes, and paths are all that follow.
                break;
            }

            if (isRange || (range.Left is not null && trees.Count > 0) || trees.Count == 2)
            {
                throw new CommandException(ExitCode.Usage, "diff compares two revisions at most.", "Give none, REV, A B, A..B or A...B; paths stand behind '--'.");
            }

            isRange = range.Left is not null;
            trees.AddRange(isRange ? await ResolveAsync(context, words[read], cancellationToken) : [await context.ResolveTreeAsync(words[read], cancellationToken)]);
        }

        return new DiffSides(
            trees.Count > 0 ? trees[0] : null, trees.Count > 1 ? trees[1] : null, [.. words[read..].Select(p => (ReadOnlyMemory<byte>)PathArguments.Resolve(context, p))]);
    }

    private static bool Exists(CommandContext context, string word) => Path.Exists(Path.Combine(context.Surroundings.WorkingDirectory, word));

    private static async Task<ObjectId[]> ResolveAsync(CommandContext context, string text, CancellationToken cancellationToken)
    {
        RevisionRange range = await context.ResolveRangeAsync(text, cancellationToken);
        CommitNode left = context.FindCommit(range.Left!.Id);
        CommitNode right = context.FindCommit(range.Right.Id);
        if (!range.IsSymmetric)
        {
            return [left.Tree, right.Tree];
        }

        IReadOnlyList<CommitNode> bases = CommitWalk.MergeBases(context.Clone.History, left.Position, [right.Position]);
        return bases.Count > 0
            ? [bases[0].Tree, right.Tree]
            : throw new CommandException(ExitCode.NotFound, $"the two sides of '{text}' have no commit in common.", "'A..B' compares them as they are.");
    }
}
