using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Intake;
using RefChange = Monorepo.Storage.RefChange;

namespace Monorepo.History.Push.Writing;

/// <summary>Decides one push: which of its updates can be made, and what they take. Changes nothing.</summary>
internal sealed class PushDecider(GroupView view, PendingPush pending)
{
    private readonly List<RefChange> _changes = [];

    public async Task<PushDecision> DecideAsync(CancellationToken cancellationToken)
    {
        CheckedPush push = pending.Push;
        foreach (NewCommit commit in push.Commits.Where(c => view.IsNew(c.Id)))
        {
            view.Graph.Add(commit);
        }

        List<PushResult> results = new(push.Updates.Count);
        foreach (CheckedUpdate update in push.Updates)
        {
            results.Add(await DecideAsync(update, cancellationToken));
        }

        if (!results.TrueForAll(static r => PushDecision.IsGood(r.Outcome)))
        {
            return new PushDecision([.. results.Zip(push.Updates, NotAttempted)], [], [], null);
        }

        if (pending.IsDryRun || _changes.Count == 0)
        {
            return new PushDecision(results, [], [], null);
        }

        RefName? defaultBranch = view.DefaultBranch is null
            ? push.Updates.Select(u => u.Request).FirstOrDefault(r => r.Name.IsBranch && r.New is not null)?.Name
            : null;
        return new PushDecision(results, _changes, [.. push.Commits.Where(c => view.IsNew(c.Id))], defaultBranch);
    }

    private PushResult NotAttempted(PushResult result, CheckedUpdate update) => !PushDecision.IsGood(result.Outcome) || result.Outcome == PushOutcome.Unchanged
        ? result
        : PushDecision.Result(PushOutcome.NotAttempted, view.CurrentOf(update.Request.Name), "nothing was changed, because another ref of this push was refused.");

    private async Task<PushResult> DecideAsync(CheckedUpdate update, CancellationToken cancellationToken)
    {
        RequestedUpdate request = update.Request;
        ObjectId? current = view.CurrentOf(request.Name);
        if (current == request.New)
        {
            return PushDecision.Result(PushOutcome.Unchanged, current);
        }

        if (request.New is null || request.IsForced)
        {
            return ReplaceAs(update, current);
        }

        if (current is not { } tip)
        {
            return request.Old is null
                ? Change(update, current, PushOutcome.Created)
                : PushDecision.Result(PushOutcome.Stale, null, $"{request.Name} was deleted; pull, then push it as a new ref.");
        }

        if (!await IsFastForwardAsync(tip, update, cancellationToken))
        {
            return PushDecision.Result(PushOutcome.NonFastForward, tip, WhyNot(request, tip));
        }

        return request.Old == tip
            ? Change(update, tip, PushOutcome.Updated)
            : PushDecision.Result(PushOutcome.Stale, tip, $"{request.Name} is at {tip} and not at {Show(request.Old)}; pull and push again.");
    }

    /// <summary>What is no step forward: forced moves and deletions. The client must know exactly what it throws away.</summary>
    private PushResult ReplaceAs(CheckedUpdate update, ObjectId? current)
    {
        RequestedUpdate request = update.Request;
        if (current != request.Old)
        {
            return PushDecision.Result(
                PushOutcome.Stale, current, $"{request.Name} is at {Show(current)} and not at {Show(request.Old)}; pull, look at the difference, and push again.");
        }

        if (request.New is null && request.Name == view.DefaultBranch)
        {
            return PushDecision.Result(PushOutcome.Protected, current, $"{request.Name} is the default branch, which can't be deleted.");
        }

        PushOutcome outcome = request.New is null ? PushOutcome.Deleted : current is null ? PushOutcome.Created : PushOutcome.Updated;
        return Change(update, current, outcome);
    }

    private PushResult Change(CheckedUpdate update, ObjectId? current, PushOutcome outcome)
    {
        _changes.Add(new RefChange(update.Request.Name, current, update.Request.New, update.Peeled));
        return PushDecision.Result(outcome, update.Request.New);
    }

    /// <summary>Tags never move by themselves, and only commits have a history to go forward on.</summary>
    private async Task<bool> IsFastForwardAsync(ObjectId tip, CheckedUpdate update, CancellationToken cancellationToken)
    {
        if (update.Request.Name.IsTag || !update.IsCommit || await view.Graph.FindAsync(tip, cancellationToken) is not { } tipPosition)
        {
            return false;
        }

        ObjectId target = update.Request.New!.Value;
        Ancestors ancestors = new();
        ancestors.Add(target, await view.Graph.FindAsync(target, cancellationToken) ?? throw new InvalidOperationException($"Commit {target} was checked and is not in the graph."));
        return await ancestors.ContainsAsync(tip, tipPosition, view.Graph, cancellationToken);
    }

    private static string WhyNot(RequestedUpdate request, ObjectId tip)
    {
        if (request.Name.IsTag)
        {
            return $"the tag {request.Name.Short} exists and names {tip}; tags do not move. Choose another name, or force the move.";
        }

        return $"{request.Name} is at {tip}, which {request.New} does not contain. Pull, rebase or merge onto it, and push again; or push with --rebase, and the server rebases.";
    }

    private static string Show(ObjectId? target) => target?.ToString() ?? "no commit (it does not exist)";
}
