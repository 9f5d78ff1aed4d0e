using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.WorkingCopies;

/// <content>What of the tree the working copy has.</content>
public sealed partial class WorkingCopy
{
    private readonly SparseStore _sparse = new(clone.Paths.Sparse);

    /// <summary>What the working copy has of its tree; null: all of it. Read from disk each time.</summary>
    /// <exception cref="SparseException">The record is damaged.</exception>
    public SparseState? Sparse => _sparse.LoadCurrent();

    /// <summary>
    /// Changes what the working copy has: brings in what is new and takes out what is not wanted any more, journalled like a checkout. Costs what changes. Changed
    /// and untracked files stand in its way as in a checkout's; untracked ones that nothing goes to stay. Before the first checkout it only notes what is wanted.
    /// </summary>
    /// <param name="objects">Where profiles, trees and contents come from.</param>
    /// <param name="change">Gives the new settings for those of now.</param>
    /// <param name="force">Overwrite and remove changed files.</param>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files; the next command finishes it.</param>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    /// <exception cref="SparseException">A profile is not there or wrong; nothing was changed.</exception>
    public async Task<CheckoutResult> ChangeSparseAsync(
        IObjectSource objects, Func<SparseSettings, SparseSettings> change, bool force, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        if (Interrupted is not null)
        {
            throw new CloneException(CloneError.Locked, "A checkout was interrupted; it must be finished before the sparse rules change.");
        }

        await FollowHeadAsync(objects, cancellationToken);
        SparseState? before = Sparse;
        SparseSettings settings = change(before?.Settings ?? SparseSettings.None);
        ObjectId? tree;
        using (DirstateFile? dirstate = OpenDirstate())
        {
            tree = dirstate?.Reader.Tree;
        }

        if (tree is not { } root)
        {
            _sparse.SetCurrent(_sparse.Save(settings.IsNone ? null : new SparseState(settings, [])));
            _sparse.Sweep();
            return new CheckoutResult(0, 0, 0, []);
        }

        SparseState? target = settings.IsNone ? null : await SparseProfiles.ResolveAsync(objects, root, settings, before, cancellationToken);
        return await RunSparseAsync(held, objects, root, before, target, force, progress, cancellationToken);
    }

    /// <summary>
    /// After a commit that changed profiles: brings the working copy in line with them. Null where nothing is to be done; refused where something stands
    /// in the way, and then the working copy has what the profiles said before.
    /// </summary>
    /// <exception cref="SparseException">A profile is wrong now.</exception>
    public async Task<CheckoutResult?> FollowProfilesAsync(IObjectSource objects, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        if (Sparse is null)
        {
            return null;
        }

        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        ObjectId? tree;
        using (DirstateFile? dirstate = OpenDirstate())
        {
            tree = dirstate?.Reader.Tree;
        }

        if (Interrupted is not null || tree is not { } root || Sparse is not { } before)
        {
            return null;
        }

        SparseState target = await SparseProfiles.ResolveAsync(objects, root, before.Settings, before, cancellationToken);
        return target.Id == before.Id ? null : await RunSparseAsync(held, objects, root, before, target, force: false, progress, cancellationToken);
    }

    /// <summary>What a move to a tree is to do: brings along what the working copy is to have of it. The caller holds the lock.</summary>
    /// <param name="objects">Where profiles are read.</param>
    /// <param name="tree">Where to.</param>
    /// <param name="head">What is checked out then.</param>
    /// <param name="force">Overwrites what differs.</param>
    /// <param name="needed">Paths that the working copy has from then on, whatever the rules said.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal async Task<CheckoutJournal> AnnounceAsync(
        IObjectSource objects, ObjectId tree, HeadState head, bool force, IReadOnlyCollection<byte[]> needed, CancellationToken cancellationToken) =>
        new(tree, head, force, []) { Sparse = _sparse.Save(await ResolveSparseAsync(objects, tree, needed, cancellationToken)) };

    /// <summary>What is to be done where files change and neither HEAD, the tree nor the rules do. The caller holds the lock.</summary>
    internal CheckoutJournal AnnounceHere(ObjectId tree) => new(tree, clone.Head, Force: false, []) { Sparse = Sparse?.Id ?? ObjectId.Null };

    // The caller holds the lock. The tree and HEAD stay.
    private async Task<CheckoutResult> RunSparseAsync(
        CloneLock held, IObjectSource objects, ObjectId tree, SparseState? before, SparseState? target, bool force, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        if (before?.Id == target?.Id)
        {
            return new CheckoutResult(0, 0, 0, []);
        }

        CheckoutJournal journal = new(tree, clone.Head, force, []) { Sparse = _sparse.Save(target) };
        return await RunAsync(held, objects, journal, [], progress, cancellationToken);
    }

    // What the working copy is to have of a tree that is about to be checked out. Where the profiles stay as they were, which is found out
    // on the way, the trees of the checkout come in the same round trip.
    private async Task<SparseState?> ResolveSparseAsync(IObjectSource objects, ObjectId tree, IReadOnlyCollection<byte[]> needed, CancellationToken cancellationToken)
    {
        if (Sparse is not { } before)
        {
            return null;
        }

        if (before.Files.Count > 0)
        {
            using DirstateFile? dirstate = OpenDirstate();
            SparseRules rules = before.Rules.With(SparseRules.Of(before.Files.Select(static f => f.Path)));
            await objects.EnsureInsideAsync(new SparseView(tree, rules), dirstate is null ? null : new SparseView(dirstate.Reader.Tree, rules), cancellationToken);
        }

        SparseState resolved = await SparseProfiles.ResolveAsync(objects, tree, before.Settings, before, cancellationToken);
        byte[][] outside = [.. needed.Where(p => !resolved.Rules.Includes(p))];
        return outside.Length == 0
            ? resolved
            : await SparseProfiles.ResolveAsync(objects, tree, resolved.Settings.BringIn(outside), resolved, cancellationToken);
    }
}
