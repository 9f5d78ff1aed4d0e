using Monorepo.Core;
using Monorepo.History.Push.Rebasing;

namespace Monorepo.History.Push.Writing;

/// <summary>
/// The newest part of a branch's history, as far down as pushes asked: what a push may stand on, and which commits an earlier rebase made. Kept
/// from push to push, so that thirty-two clients at work on one branch cost one reading of it. Not thread-safe.
/// </summary>
internal sealed class BranchWindow
{
    /// <summary>Commits kept; a larger window is dropped and read anew.</summary>
    public const int CommitsMax = 500_000;

    private readonly Ancestors _ancestors;
    private readonly Dictionary<ObjectId, List<ObjectId>> _byFingerprint = [];

    public BranchWindow() => _ancestors = new Ancestors((id, commit) =>
    {
        ObjectId fingerprint = CommitRewrite.Fingerprint(commit);
        if (!_byFingerprint.TryGetValue(fingerprint, out List<ObjectId>? ids))
        {
            _byFingerprint.Add(fingerprint, ids = new List<ObjectId>(1));
        }

        ids.Add(id);
    });

    /// <summary>What the branch names; the null id before the first <see cref="Advance"/>.</summary>
    public ObjectId Tip { get; private set; }

    public bool IsLarge => _ancestors.Count > CommitsMax;

    /// <param name="tip">A commit that descends from the one before.</param>
    /// <param name="position">Its position in the log.</param>
    public void Advance(ObjectId tip, long position)
    {
        Tip = tip;
        _ancestors.Add(tip, position);
    }

    /// <summary>Whether the branch has the commit.</summary>
    public async ValueTask<bool> ContainsAsync(ObjectId id, CommitGraph graph, CancellationToken cancellationToken) =>
        await graph.FindAsync(id, cancellationToken) is { } position
        && await _ancestors.ContainsAsync(id, position, graph, cancellationToken);

    /// <summary>Takes in all of the branch that stands behind a commit of it.</summary>
    public async ValueTask ReadToAsync(ObjectId id, CommitGraph graph, CancellationToken cancellationToken) =>
        await _ancestors.ReadToAsync(await graph.FindAsync(id, cancellationToken) ?? 0, graph, cancellationToken);

    /// <summary>Commits of the branch, as far as it was read, that may be what a rebase made of this one.</summary>
    public IReadOnlyList<ObjectId> FindMoved(Commit commit) =>
        _byFingerprint.TryGetValue(CommitRewrite.Fingerprint(commit), out List<ObjectId>? ids) ? ids : [];
}
