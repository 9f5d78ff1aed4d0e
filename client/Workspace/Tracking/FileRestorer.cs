using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tracking;

/// <param name="Unknown">A path named that is neither tracked nor in the source; null: all was restored.</param>
/// <param name="Unsafe">A path of the source that must not be written; null: none.</param>
/// <param name="FilesWritten">Files, links and submodule folders made or replaced.</param>
/// <param name="FilesRemoved">Files that the source does not have.</param>
public sealed record RestoreResult(byte[]? Unknown, byte[]? Unsafe, int FilesWritten = 0, int FilesRemoved = 0)
{
    /// <summary>Files that were overwritten and are too large to be kept for undo.</summary>
    public IReadOnlyList<NotKeptFile> NotKept { get; init; } = [];
}

/// <summary>
/// Writes files as a commit has them, whatever is there. Untracked files, and those that the next commit adds, stay. Costs what differs: contents come in one
/// batch. Cut, some files are as before; the same command goes on.
/// </summary>
public sealed class FileRestorer(WorkingCopy workingCopy)
{
    /// <param name="objects">Where trees and contents come from.</param>
    /// <param name="source">The tree; null: that of the commit that is checked out. Files of it that were to be removed are tracked again then.</param>
    /// <param name="paths">From the top; the empty path is the top.</param>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<RestoreResult> RestoreAsync(
        IObjectSource objects, ObjectId? source, IReadOnlyList<byte[]> paths, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = await workingCopy.EnterAsync(objects, cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        using IWorkingFiles files = workingCopy.OpenFiles();
        TrackedPaths tracked = new(dirstate?.Reader);
        SortedDictionary<byte[], TreeChange> changes = new(BytesComparer.Instance);
        if (source is { } tree && dirstate is not null && tree != dirstate.Reader.Tree)
        {
            ReadOnlyMemory<byte>[] wanted = paths.Any(static p => p.Length == 0) ? [] : [.. paths.Select(static p => (ReadOnlyMemory<byte>)p)];
            ObjectId? before = dirstate.Reader.Tree.IsNull ? null : dirstate.Reader.Tree;
            foreach (TreeChange change in await TreeDiff.CompareAsync(objects, before, tree, cancellationToken, wanted))
            {
                changes[change.Path.ToArray()] = change;
            }
        }

        StatusEntry[] dirty = [.. await FindStatusAsync(dirstate?.Reader, paths, cancellationToken)];
        foreach (StatusEntry entry in dirty)
        {
            if (tracked.Find(entry.Path) is { IsAdded: false } known && !changes.ContainsKey(entry.Path))
            {
                TreeSide side = new(known.Mode, known.Id);
                changes.Add(entry.Path, new TreeChange(TreeChangeKind.Modified, entry.Path, side, side));
            }
        }

        if (paths.FirstOrDefault(p => p.Length > 0 && !tracked.Any(p) && !changes.Keys.Any(c => TreePaths.IsUnder(c, p))) is { } unknown)
        {
            return new RestoreResult(unknown, null);
        }

        CheckoutPlan Plan() => new(files, dirstate?.Reader, [.. changes.Values], new Dictionary<byte[], List<TreeSide>>(BytesComparer.Instance), isAfterCut: false);
        CheckoutPlan plan = Plan();
        if (plan.FindUnsafePaths() is [var conflict, ..])
        {
            return new RestoreResult(null, conflict.Path);
        }

        await objects.AffordAsync(plan.FindContents, cancellationToken);
        await UnsavedFiles.KeepAsync(files, Plan(), [.. dirty.Where(e => changes.ContainsKey(e.Path))], objects, held.Discarded, cancellationToken);
        held.Discarded.Promise();
        using CheckoutWriter writer = new(files, plan, force: true, progress);
        int removed = writer.Remove(cancellationToken);
        await writer.WriteAsync(objects, cancellationToken);
        Record(dirstate?.Reader, tracked, plan.Changes, writer.Stats);
        return new RestoreResult(null, null, writer.FilesWritten, removed) { NotKept = held.Discarded.NotKept };
    }

    private async Task<IEnumerable<StatusEntry>> FindStatusAsync(DirstateReader? dirstate, IReadOnlyList<byte[]> paths, CancellationToken cancellationToken)
    {
        StatusResult status = workingCopy.TryFindReady() ?? await workingCopy.ScanPathsAsync(dirstate, new StatusOptions(), paths, cancellationToken);
        return status.Entries.Where(e => e.Code is StatusCode.Modified or StatusCode.Deleted or StatusCode.TypeChanged or StatusCode.Removed && Places.Include(paths, e.Path));
    }

    // A file that is as the commit has it needs no look the next time; of others the commit's entry stays.
    private void Record(DirstateReader? dirstate, TrackedPaths tracked, IReadOnlyList<TreeChange> changes, IReadOnlyList<RecordedStat?> stats)
    {
        TrackingEdits edits = new(dirstate);
        for (int i = 0; i < changes.Count; i++)
        {
            if (tracked.Find(changes[i].Path.Span) is { IsAdded: false } known && changes[i].New == new TreeSide(known.Mode, known.Id))
            {
                edits.Restore(known with { IsDropped = false, Stat = stats[i], IsRacy = false });
            }
        }

        edits.Save(workingCopy.DirstatePath);
    }
}
