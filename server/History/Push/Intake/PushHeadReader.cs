using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;

namespace Monorepo.History.Push.Intake;

/// <summary>One ref change a client asks for, its form checked.</summary>
/// <param name="Name">The ref.</param>
/// <param name="Old">What the client believes it names; null: it must not exist.</param>
/// <param name="New">What it shall name; null deletes.</param>
/// <param name="Rebase">What to do where the move is no fast-forward.</param>
/// <param name="IsForced">Accept a move that is none.</param>
internal sealed record RequestedUpdate(RefName Name, ObjectId? Old, ObjectId? New, PushRebase Rebase, bool IsForced);

internal static class PushHeadReader
{
    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static RequestedUpdate[] Read(PushHead head, PushLimits limits)
    {
        if (head.Updates.Count == 0 || head.Updates.Count > limits.UpdatesMax)
        {
            throw Invalid($"a push changes 1 to {limits.UpdatesMax} refs, not {head.Updates.Count}.");
        }

        HashSet<RefName> names = new(head.Updates.Count);
        return [.. head.Updates.Select(update =>
        {
            if (!RefName.TryParse(update.Name, out RefName name))
            {
                throw Invalid($"'{Shorten(update.Name)}' is not a full ref name that git accepts, such as refs/heads/main.");
            }

            if (!names.Add(name))
            {
                throw Invalid($"ref {name} stands twice in one push.");
            }

            ObjectId? old = RequestIds.ParseOrNone(update.OldTarget, "old_target");
            ObjectId? target = RequestIds.ParseOrNone(update.NewTarget, "new_target");
            if (!Enum.IsDefined(update.Rebase) || (update.Force && update.Rebase == PushRebase.Always))
            {
                throw Invalid($"ref {name}: a move is either rebased or forced.");
            }

            return new RequestedUpdate(name, old, target, update.Rebase, update.Force);
        })];
    }

    private static string Shorten(string name) => name.Length <= 100 ? name : name[..100] + "…";

    private static RpcException Invalid(string message) => new(RpcStatusCode.InvalidArgument, message);
}
