using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Intake;
using Monorepo.History.Push.Policy;
using Monorepo.History.Push.Rebasing;
using RefChange = Monorepo.Storage.RefChange;

namespace Monorepo.History.Push.Writing;

/// <summary>Decides one push: which of its updates can be made, and what they take. Changes nothing.</summary>
internal sealed class PushDecider(GroupView view, BranchWindows windows, PendingPush pending)
{
    private readonly CheckedPush _push = pending.Push;
    private readonly PushPolicy _policy = pending.Push.Policy;
    private readonly List<RefChange> _changes = [];
    private readonly HashSet<RefName> _replaced = [];
    private readonly RebasedParts _rebased = new(pending.Push);
    private readonly List<ObjectId> _asPushed = [];
    private NewCommit[] _fresh = [];

    public async Task<PushDecision> DecideAsync(CancellationToken cancellationToken)
    {
        _fresh = [.. _push.Commits.Where(c => view.IsNew(c.Id))];
        view.Graph.Consider(_fresh);
        List<PushResult> results = new(_push.Updates.Count);
        foreach (CheckedUpdate update in _push.Updates)
        {
            results.Add(await DecideAsync(update, cancellationToken));
        }

        if (!results.TrueForAll(static r => PushDecision.IsGood(r.Outcome)))
        {
            return new PushDecision([.. results.Zip(_push.Updates, NotAttempted)]);
        }

        if (await FindClashAsync(cancellationToken) is var (created, clash))
        {
            results[created] = PushDecision.Result(
                PushOutcome.CheckFailed, null, $"{_push.Updates[created].Request.Name} can't exist beside {clash}: choose another name, or delete {clash}.");
            return new PushDecision([.. results.Zip(_push.Updates, NotAttempted)]);
        }

        return pending.IsDryRun || _changes.Count == 0 ? new PushDecision(results) : new PushDecision(results)
        {
            Changes = _changes,
            Commits = [.. FindNeeded(), .. _rebased.Commits],
            Objects = _asPushed.Count > 0 ? _push.Objects : _rebased.FindNeeded(),
            Trees = _rebased.Trees,
            Replaced = _replaced,
            DefaultBranch = view.DefaultBranch is null
                ? _push.Updates.Select(u => u.Request).FirstOrDefault(r => r.Name.IsBranch && r.New is not null)?.Name
                : null,
        };
    }

    /// <summary>The first update that makes a ref where another stands in its way, and that other.</summary>
    private async ValueTask<(int Created, RefName Clash)?> FindClashAsync(CancellationToken cancellationToken)
    {
        RefName[] created = [.. _changes.Where(static c => c.Expected is null).Select(static c => c.Name)];
        if (created.Length == 0)
        {
            return null;
        }

        HashSet<RefName> deleted = [.. _changes.Where(static c => c.Target is null).Select(static c => c.Name)];
        RefName? clash = created.Where(c => created.Any(c.ClashesWith)).Select(static c => (RefName?)c).FirstOrDefault()
            ?? await view.FindClashAsync(created, deleted, cancellationToken);
        return clash is { } found ? (IndexOf(created.First(found.ClashesWith)), found) : null;

        int IndexOf(RefName name) => _push.Updates.Select(static u => u.Request.Name).ToList().IndexOf(name);
    }

    private PushResult NotAttempted(PushResult result, CheckedUpdate update) => !PushDecision.IsGood(result.Outcome) || result.Outcome == PushOutcome.Unchanged
        ? result
        : PushDecision.Result(PushOutcome.NotAttempted, view.CurrentOf(update.Request.Name), "nothing was changed, because another ref of this push was refused.");

    /// <summary>New commits behind the targets that are taken as they were pushed; those of rebased stacks are not.</summary>
    private NewCommit[] FindNeeded()
    {
        if (_rebased.Commits.Count == 0 || _asPushed.Count == 0)
        {
            return _asPushed.Count == 0 ? [] : _fresh;
        }

        HashSet<ObjectId> needed = [.. _asPushed];
        foreach (NewCommit commit in _fresh.Reverse().Where(c => needed.Contains(c.Id)))
        {
            needed.UnionWith(commit.Parents);
        }

        return [.. _fresh.Where(c => needed.Contains(c.Id))];
    }

    private async Task<PushResult> DecideAsync(CheckedUpdate update, CancellationToken cancellationToken)
    {
        RequestedUpdate request = update.Request;
        ObjectId? current = view.CurrentOf(request.Name);
        if (current == request.New)
        {
            return PushDecision.Result(PushOutcome.Unchanged, current);
        }

        RefRule rule = _policy.RuleFor(request.Name);
        if (RefRefusal.Find(request, rule, view.DefaultBranch) is { } refusal)
        {
            return PushDecision.Result(PushOutcome.Protected, current, refusal);
        }

        if (_push.IsViolated(update))
        {
            return PushDecision.Result(PushOutcome.CheckFailed, current, _push.Violation!.Message);
        }

        if (request.New is null || request.IsForced)
        {
            return Replace(update, current);
        }

        if (current is not { } tip)
        {
            return request.Old is null
                ? Change(update, current, PushOutcome.Created)
                : PushDecision.Result(PushOutcome.Stale, null, $"{request.Name} was deleted; pull, then push it as a new ref.");
        }

        bool rebases = request.Rebase == PushRebase.Always || (request.Rebase == PushRebase.Default && rule.Rebase);
        if (await IsFastForwardAsync(tip, update, cancellationToken))
        {
            return request.Old == tip || rebases
                ? Change(update, tip, PushOutcome.Updated)
                : PushDecision.Result(PushOutcome.Stale, tip, $"{request.Name} is at {tip} and not at {Show(request.Old)}; pull and push again.");
        }

        return request.Name.IsTag || !update.IsCommit || await view.Graph.FindAsync(tip, cancellationToken) is null
            ? PushDecision.Result(PushOutcome.NonFastForward, tip, $"{request.Name} exists and names {tip}; tags do not move, nor does what is no commit. Choose another name, or force the move.")
            : await MeetAsync(request, tip, rebases, cancellationToken);
    }

    /// <summary>The branch has moved on.</summary>
    private async Task<PushResult> MeetAsync(RequestedUpdate request, ObjectId tip, bool rebases, CancellationToken cancellationToken)
    {
        ObjectId target = request.New!.Value;
        BranchWindow window = await windows.OpenAsync(request.Name, tip, view.Graph, cancellationToken);
        if (await window.ContainsAsync(target, view.Graph, cancellationToken))
        {
            // Landed before, and others after it: what a push repeated after a lost answer meets. Who knows the tip wants to go back.
            return request.Old != tip
                ? PushDecision.Result(PushOutcome.Unchanged, tip, $"{request.Name} has {target.Abbreviate(10)} already and has moved on to {tip.Abbreviate(10)}.")
                : PushDecision.Result(PushOutcome.NonFastForward, tip, $"{request.Name} is at {tip}, which is newer than {target}; to go back, force the move.");
        }

        if (!rebases)
        {
            return PushDecision.Result(
                PushOutcome.NonFastForward,
                tip,
                $"{request.Name} is at {tip}, which {target} does not contain. Pull, rebase or merge onto it, and push again; or push with --rebase, and the server rebases.");
        }

        Rebase rebase = new(view.Graph, window, (ids, cancel) => _rebased.ReadAsync(ids, view.Trees, cancel), _policy.NameCheck);
        RebaseOutcome outcome = await rebase.RunAsync(tip, target, cancellationToken);
        if (outcome.Target != tip)
        {
            _rebased.Add(outcome);
            _changes.Add(new RefChange(request.Name, tip, outcome.Target));
        }

        return outcome.Result;
    }

    /// <summary>What is no step forward: forced moves and deletions. The client must know exactly what it throws away.</summary>
    private PushResult Replace(CheckedUpdate update, ObjectId? current)
    {
        RequestedUpdate request = update.Request;
        if (current != request.Old)
        {
            return PushDecision.Result(
                PushOutcome.Stale, current, $"{request.Name} is at {Show(current)} and not at {Show(request.Old)}; pull, look at the difference, and push again.");
        }

        _replaced.Add(request.Name);
        return Change(update, current, request.New is null ? PushOutcome.Deleted : current is null ? PushOutcome.Created : PushOutcome.Updated);
    }

    private PushResult Change(CheckedUpdate update, ObjectId? current, PushOutcome outcome)
    {
        _changes.Add(new RefChange(update.Request.Name, current, update.Request.New, update.Peeled));
        if (update.Request.New is { } target)
        {
            _asPushed.Add(update.IsCommit ? target : update.Peeled ?? target);
        }

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

    private static string Show(ObjectId? target) => target?.ToString() ?? "no commit (it does not exist)";
}
