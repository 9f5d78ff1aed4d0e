using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>The windows of the branches pushed to lately. Holds for the refs as a group leaves them: clear it when the group is not written. Not thread-safe.</summary>
internal sealed class BranchWindows
{
    private const int WindowsMax = 64;

    private readonly Dictionary<RefName, BranchWindow> _windows = [];

    /// <summary>The window of a branch at its tip.</summary>
    public async ValueTask<BranchWindow> OpenAsync(RefName name, ObjectId tip, CommitGraph graph, CancellationToken cancellationToken)
    {
        if (_windows.TryGetValue(name, out BranchWindow? window) && window.Tip == tip && !window.IsLarge)
        {
            return window;
        }

        if (_windows.Count == WindowsMax)
        {
            _windows.Clear();
        }

        window = new BranchWindow();
        window.Advance(tip, await PositionAsync(tip, graph, cancellationToken));
        return _windows[name] = window;
    }

    /// <summary>Moves windows along with the branches that go forward, and drops those of the others.</summary>
    public async ValueTask ApplyAsync(PushDecision decision, CommitGraph graph, CancellationToken cancellationToken)
    {
        foreach (RefChange change in decision.Changes)
        {
            if (!_windows.TryGetValue(change.Name, out BranchWindow? window))
            {
                continue;
            }

            // A forced move may leave commits behind; only the decision knows, and it says so.
            if (change.Target is { } target && window.Tip == change.Expected && !decision.Replaced.Contains(change.Name))
            {
                window.Advance(target, await PositionAsync(target, graph, cancellationToken));
            }
            else
            {
                _windows.Remove(change.Name);
            }
        }
    }

    public void Clear() => _windows.Clear();

    private static async ValueTask<long> PositionAsync(ObjectId id, CommitGraph graph, CancellationToken cancellationToken) =>
        await graph.FindAsync(id, cancellationToken) ?? throw new InvalidOperationException($"Commit {id} is in no log.");
}
