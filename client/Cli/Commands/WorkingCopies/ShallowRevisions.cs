using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary>What a shallow clone does to check out what it does not have: it asks the server for that one commit.</summary>
internal static class ShallowRevisions
{
    /// <summary>Brings a branch, a tag or a whole commit id that is not here, if the server has it. In other clones, and for what is here, nothing is done.</summary>
    public static async Task EnsureAsync(CommandContext context, string revision, CancellationToken cancellationToken)
    {
        Clone clone = context.Clone;
        if (!clone.History.IsShallow)
        {
            return;
        }

        bool isHere = ObjectId.TryParse(revision.AsSpan(), out ObjectId id)
            ? clone.History.Contains(id)
            : await clone.CreateResolver(context.Objects).ResolveAsync(revision, cancellationToken) is not { Error: RevisionError.Unknown };
        if (!isHere)
        {
            await ShallowClone.FetchAsync(clone, context.Remote, revision, cancellationToken);
        }
    }
}
