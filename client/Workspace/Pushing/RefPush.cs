using Monorepo.Core;
using Monorepo.Formats.Protos;

namespace Monorepo.Workspace.Pushing;

/// <summary>One ref to change on the server.</summary>
/// <param name="Name">The ref there.</param>
/// <param name="Source">What the user called it: a branch or a revision; empty where the ref is to be deleted.</param>
/// <param name="Old">Where it is as far as is known here; null: it is not there.</param>
/// <param name="New">Where it shall be; null: it shall be deleted.</param>
/// <param name="Force">Also where that loses commits.</param>
public sealed record RefPush(RefName Name, string Source, ObjectId? Old, ObjectId? New, bool Force)
{
    public bool IsNeeded => Old != New;
}

/// <summary>What became of a ref.</summary>
/// <param name="Push">What was asked.</param>
/// <param name="Outcome">The server's answer.</param>
/// <param name="Target">Where the ref is now; null: it is not there.</param>
/// <param name="Rebased">Commits that the server put on top of others': their ids here and there, oldest first.</param>
/// <param name="Message">For people; may be empty.</param>
/// <param name="Conflicts">Paths changed on both sides.</param>
public sealed record RefPushResult(
    RefPush Push, PushOutcome Outcome, ObjectId? Target, IReadOnlyList<(ObjectId Old, ObjectId New)> Rebased, string Message, IReadOnlyList<byte[]> Conflicts)
{
    /// <summary>The ref is where it was wanted, or at a rebased commit.</summary>
    public bool IsGood => Outcome is PushOutcome.Updated or PushOutcome.Created or PushOutcome.Deleted or PushOutcome.Unchanged or PushOutcome.Rebased;
}

/// <summary>How far a push is.</summary>
public readonly record struct PushProgress(long ObjectsSent, long ObjectsTotal, long BytesSent);
