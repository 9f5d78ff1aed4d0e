using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.History.Requests;
using RefChange = Monorepo.Storage.RefChange;

namespace Monorepo.History.Push.Writing;

/// <summary>What becomes of one push against one state of the refs.</summary>
/// <param name="Results">One for each update, in order.</param>
/// <param name="Changes">To be made; none when it was refused, tried only, or had nothing to do.</param>
/// <param name="Commits">To append; parents first.</param>
/// <param name="DefaultBranch">To set with the changes.</param>
internal sealed record PushDecision(
    IReadOnlyList<PushResult> Results, IReadOnlyList<RefChange> Changes, IReadOnlyList<NewCommit> Commits, Core.RefName? DefaultBranch)
{
    public bool IsAccepted => Results.All(static r => IsGood(r.Outcome));

    public static bool IsGood(PushOutcome outcome) =>
        outcome is PushOutcome.Updated or PushOutcome.Created or PushOutcome.Deleted or PushOutcome.Unchanged or PushOutcome.Rebased;

    public PushResponse ToMessage(long offset) => new() { Accepted = IsAccepted, Results = { Results }, Offset = (ulong)offset };

    public static PushResult Result(PushOutcome outcome, Core.ObjectId? target, string message = "") =>
        new() { Outcome = outcome, Target = RequestIds.ToMessage(target ?? Core.ObjectId.Null), Message = message };
}
