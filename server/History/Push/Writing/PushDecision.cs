using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.History.Requests;
using RefChange = Monorepo.Storage.RefChange;

namespace Monorepo.History.Push.Writing;

/// <summary>What becomes of one push against one state of the refs.</summary>
/// <param name="Results">One for each update, in order.</param>
internal sealed record PushDecision(IReadOnlyList<PushResult> Results)
{
    /// <summary>To be made; none when it was refused, tried only, or had nothing to do.</summary>
    public IReadOnlyList<RefChange> Changes { get; init; } = [];

    /// <summary>To append and to store; parents first.</summary>
    public IReadOnlyList<NewCommit> Commits { get; init; } = [];

    /// <summary>Objects of the push to store.</summary>
    public IReadOnlyCollection<ObjectId> Objects { get; init; } = [];

    /// <summary>Trees a rebase made, to store.</summary>
    public IReadOnlyDictionary<ObjectId, byte[]> Trees { get; init; } = new Dictionary<ObjectId, byte[]>();

    /// <summary>Branches that were forced, and so may have lost commits.</summary>
    public IReadOnlySet<RefName> Replaced { get; init; } = new HashSet<RefName>();

    /// <summary>To set with the changes.</summary>
    public RefName? DefaultBranch { get; init; }

    public bool IsAccepted => Results.All(static r => IsGood(r.Outcome));

    public static bool IsGood(PushOutcome outcome) =>
        outcome is PushOutcome.Updated or PushOutcome.Created or PushOutcome.Deleted or PushOutcome.Unchanged or PushOutcome.Rebased;

    public PushResponse ToMessage(long offset) => new() { Accepted = IsAccepted, Results = { Results }, Offset = (ulong)offset };

    public static PushResult Result(PushOutcome outcome, ObjectId? target, string message = "") =>
        new() { Outcome = outcome, Target = RequestIds.ToMessage(target ?? ObjectId.Null), Message = message };
}
