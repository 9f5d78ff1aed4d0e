using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Ignore;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.Watching;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.WorkingCopies;

/// <summary>
/// The files of a clone: what differs from the checked-out commit, and moving them to another one. Commands that change it take the
/// clone's lock; a checkout that was killed is finished before anything else. Not thread-safe.
/// </summary>
/// <param name="clone">Stays the caller's.</param>
/// <param name="globalIgnoreFile">The user's ignore file; need not exist.</param>
public sealed partial class WorkingCopy(Clone clone, string globalIgnoreFile)
{
    private readonly byte[] _top = Encoding.UTF8.GetBytes(clone.Paths.WorkingCopy);

    internal string DirstatePath => clone.Paths.Dirstate;

    internal string JournalPath => clone.Paths.CheckoutJournal;

    /// <summary>The checkout that was cut; null where there is none.</summary>
    public CheckoutJournal? Interrupted => CheckoutJournal.Load(JournalPath);

    /// <summary>The dirstate as it is now, or null before the first checkout. The caller disposes it.</summary>
    public DirstateFile? OpenDirstate() => DirstateFile.Open(DirstatePath);

    /// <summary>Knows the status without a scan, most of the time; null: every status is a scan.</summary>
    public IReadyStatus? Ready { get; init; }

    /// <summary>Put between a checkout and the disk by tests of failing disks.</summary>
    internal Func<IWorkingFiles, IWorkingFiles> Interpose { get; init; } = files => files;

    public IWorkingFiles OpenFiles() => Interpose(PosixWorkingFiles.Open(_top));

    /// <summary>
    /// Scans the whole working copy. What was found unchanged although its status differed is recorded, so that the next scan
    /// need not read it again; that is left out where another command holds the lock.
    /// </summary>
    public async Task<StatusResult> ScanAsync(bool includeIgnored, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using CloneLock? held = CloneLock.TryTakeToNote(clone.Paths);
        using DirstateFile? dirstate = OpenDirstate();
        StatusResult result = await ScanAsync(dirstate?.Reader, new StatusOptions { IncludeIgnored = includeIgnored }, progress, cancellationToken);
        if (held is not null && dirstate is not null && result.StatUpdates.Count > 0)
        {
            Record(dirstate.Reader, result.StatUpdates);
        }

        return result;
    }

    /// <summary>The status without ignored paths, from <see cref="Ready"/> where that knows it, else by a scan.</summary>
    public async Task<StatusResult> FindStatusAsync(CancellationToken cancellationToken) =>
        TryFindReady() ?? await ScanAsync(includeIgnored: false, null, cancellationToken);

    /// <summary>Moves the working copy to a commit, or says what stands in the way and changes nothing.</summary>
    /// <param name="objects">Where trees and contents come from; asked once for each.</param>
    /// <param name="tree">The commit's tree.</param>
    /// <param name="head">What is checked out from then on; its commit is not null.</param>
    /// <param name="force">Overwrite unsaved changes, and restore every tracked file.</param>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files; the next command finishes the checkout.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<CheckoutResult> CheckoutAsync(
        IObjectSource objects, ObjectId tree, HeadState head, bool force, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<StatusEntry> dirty = force ? (await FindStatusAsync(cancellationToken)).Entries : [];
        using CloneLock held = CloneLock.Take(clone.Paths);
        RefuseUnfinished();
        WorktreeList.RefuseHeld(clone.Paths, head.Branch);
        await FollowHeadAsync(objects, cancellationToken);
        return await RunAsync(held, objects, await AnnounceAsync(objects, tree, head, force, [], cancellationToken), dirty, progress, cancellationToken);
    }

    /// <summary>Commits changes of the working copy and moves what is checked out to the commit. All or nothing, however it ends.</summary>
    /// <param name="objects">Where the trees on the way to changed files are read.</param>
    /// <param name="request">What is to be committed.</param>
    /// <param name="progress">Told the number of files compared.</param>
    /// <param name="cancellationToken">Stops before the commit counts.</param>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    public async Task<CommitResult> CommitAsync(IObjectSource objects, CommitRequest request, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = await EnterAsync(objects, cancellationToken);
        RefuseUnfinished();
        CommitResult result;
        ObjectId? tree;
        IReadOnlyDictionary<byte[], RecordedStat?> stats;
        IReadOnlyList<byte[]> forgotten;
        using (DirstateFile? dirstate = OpenDirstate())
        using (IWorkingFiles files = OpenFiles())
        {
            StatusOptions options = new() { ExpandUntracked = request.Paths is not null };
            CommitMaker maker = new(clone, objects, files, dirstate?.Reader, Sparse?.Rules);
            if (maker.Refuse() is { } refused)
            {
                return refused;
            }

            StatusResult status = (options.ExpandUntracked ? null : TryFindReady())
                ?? await ScanAsync(dirstate?.Reader, options, progress, cancellationToken);
            result = await maker.MakeAsync(request, status, cancellationToken);
            (tree, stats, forgotten) = (maker.Tree, maker.Stats, maker.Forgotten);
        }

        if (tree is { } made)
        {
            await RecordTreeAsync(objects, made, stats, forgotten, CancellationToken.None);
        }

        return result;
    }

    /// <summary>
    /// Finishes what a command left that was cut: a checkout, or the record of a commit. Null where there was no checkout to finish.
    /// </summary>
    public async Task<CheckoutResult?> FinishInterruptedAsync(IObjectSource objects, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        if (Interrupted is null)
        {
            if (Unfinished.IsChanging || IsBehindHead())
            {
                // Where another command holds the lock, it may be about to do this itself.
                using CloneLock? free = CloneLock.TryTakeToNote(clone.Paths);
                if (free is not null)
                {
                    clone.Refresh();
                    SettleOperation();
                    await FollowHeadAsync(objects, cancellationToken);
                }
            }

            return null;
        }

        using CloneLock held = CloneLock.Take(clone.Paths);
        return Interrupted is { } cut ? await RunAsync(held, objects, cut, [], progress, cancellationToken) : null;
    }

    /// <summary>The status with every untracked file by itself. The caller holds the lock.</summary>
    internal async Task<StatusResult> FindExpandedStatusAsync(CancellationToken cancellationToken)
    {
        using DirstateFile? dirstate = OpenDirstate();
        return await ScanAsync(dirstate?.Reader, new StatusOptions { ExpandUntracked = true }, null, cancellationToken);
    }

    /// <summary>Takes the clone's lock for a command that changes what is tracked, and brings clone and dirstate up to what there is.</summary>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    internal async Task<CloneLock> EnterAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        CloneLock held = CloneLock.Take(clone.Paths);
        try
        {
            clone.Refresh();
            await PrepareAsync(objects, cancellationToken);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>The status of some paths and what is below them; of everything where one is the top.</summary>
    internal Task<StatusResult> ScanPathsAsync(DirstateReader? dirstate, StatusOptions options, IEnumerable<byte[]> paths, CancellationToken cancellationToken)
    {
        List<byte[]> places = Places.Topmost(paths);
        return Task.Run(
            () => places.Count == 0
                ? new StatusResult([], [], [], 0, 0)
                : new StatusScanner(_top, TimeProvider.System).ScanPaths(new DirstateFiles(dirstate), WithIgnoreFiles(options), places, cancellationToken),
            cancellationToken);
    }

    /// <summary>The status without ignored paths where it is known without looking at the files.</summary>
    internal StatusResult? TryFindReady() => Ready?.TryFind(globalIgnoreFile);

    private Task<StatusResult> ScanAsync(DirstateReader? dirstate, StatusOptions options, IProgress<long>? progress, CancellationToken cancellationToken) =>
        new StatusScanner(_top, TimeProvider.System).ScanAsync(new DirstateFiles(dirstate), WithIgnoreFiles(options), progress, cancellationToken);

    private StatusOptions WithIgnoreFiles(StatusOptions options) =>
        options with { IgnoreFallbacks = [ReadPatterns(clone.Paths.Exclude), ReadPatterns(globalIgnoreFile)] };

    // A commit counts before the dirstate knows of it; one that was cut between leaves the dirstate with another tree.
    private bool IsBehindHead()
    {
        // While a merge waits the dirstate has what it made.
        if (Unfinished.Exists || clone.Head.Commit is not { } commit || !clone.History.TryFind(commit, out CommitNode node) || node.Position < clone.History.ServerCount)
        {
            return false;
        }

        using DirstateFile? dirstate = OpenDirstate();
        IReadOnlyList<int> parents = clone.History.GetParents(node.Position);
        return dirstate is null
            ? parents.Count == 0
            : dirstate.Reader.Tree != node.Tree;
    }

    // The caller holds the lock and has refreshed the clone. Files are not touched: what they hold is compared by the next scan.
    internal async Task FollowHeadAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        if (Interrupted is null && IsBehindHead() && clone.History.TryFind(clone.Head.Commit!.Value, out CommitNode node))
        {
            await RecordTreeAsync(objects, node.Tree, new Dictionary<byte[], RecordedStat?>(), [], cancellationToken);
        }
    }

    private async Task RecordTreeAsync(
        IObjectSource objects, ObjectId tree, IReadOnlyDictionary<byte[], RecordedStat?> stats, IReadOnlyList<byte[]> forgotten, CancellationToken cancellationToken)
    {
        using DirstateFile? dirstate = OpenDirstate();
        SparseRules rules = Sparse?.Rules ?? SparseRules.Everything;
        ObjectId? before = dirstate?.Reader.Tree is { IsNull: false } known ? known : null;
        IReadOnlyList<TreeChange> changes = (await SparseDiff.CompareAsync(objects, new(before, rules), new(tree, rules), cancellationToken)).Changes;
        RecordedStat?[] found = [.. changes.Select(c => stats.GetValueOrDefault(c.Path.ToArray()))];
        DirstateFile.Update(DirstatePath, tree, CheckoutChanges.WithForgotten(CheckoutChanges.Entries(changes, found), forgotten));
    }

    /// <summary>Makes what a journal announces, whole or until it is cut, or says what stands in the way and changes nothing.</summary>
    /// <param name="held">The clone's lock.</param>
    /// <param name="objects">Where trees and contents come from.</param>
    /// <param name="journal">What is to be done.</param>
    /// <param name="dirty">The status, where what differs is to be overwritten.</param>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files; the next command goes on.</param>
    /// <param name="beforeChange">Makes durable what the move needs; called when nothing stands in the way, before anything is changed.</param>
    internal Task<CheckoutResult> RunAsync(
        CloneLock held, IObjectSource objects, CheckoutJournal journal, IReadOnlyList<StatusEntry> dirty, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken,
        Func<Task>? beforeChange = null)
    {
        CheckoutRun run = new(clone, this, _sparse, held);
        return journal.KeepsFiles ? run.RecordAsync(objects, journal, cancellationToken) : run.MakeAsync(objects, journal, dirty, beforeChange, progress, cancellationToken);
    }

    private void Record(DirstateReader dirstate, IReadOnlyList<StatUpdate> updates)
    {
        SortedDictionary<byte[], DirstateEntry> entries = new(BytesComparer.Instance);
        DirstateCursor cursor = dirstate.Open();
        foreach (StatUpdate update in updates)
        {
            if (cursor.Seek(update.Path) && cursor.Path.SequenceEqual(update.Path))
            {
                entries[update.Path] = cursor.Current with { Path = update.Path, Stat = update.Status?.ToRecorded(), IsRacy = false };
            }
        }

        DirstateFile.Update(DirstatePath, dirstate.Tree, entries.Values);
    }

    private static IgnorePatterns ReadPatterns(string path) => File.Exists(path) ? IgnorePatterns.Parse(File.ReadAllBytes(path)) : IgnorePatterns.Empty;
}
