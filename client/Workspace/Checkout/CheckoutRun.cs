using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// One checkout from its journal to its end: compares, looks for what stands in the way, keeps what would be lost, writes the journal, then files, dirstate and
/// HEAD. Cut anywhere after the journal was written, it is run again with what it wrote.
/// </summary>
internal sealed class CheckoutRun(Clone clone, WorkingCopy workingCopy, SparseStore sparse, CloneLock held)
{
    private readonly CheckoutJournal? _cut = workingCopy.Interrupted;

    /// <inheritdoc cref="WorkingCopy.RunAsync"/>
    public async Task<CheckoutResult> MakeAsync(
        IObjectSource source, CheckoutJournal journal, IReadOnlyList<StatusEntry> dirty, Func<Task>? beforeChange, IProgress<CheckoutProgress>? progress,
        CancellationToken cancellationToken)
    {
        using LocalStore? kept = journal.Restore.Count + journal.Discard.Count > 0 ? LocalStore.Open(clone.Paths.Kept) : null;
        IObjectSource objects = kept is null ? source : new KeptObjects(kept, source);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        using IWorkingFiles files = workingCopy.OpenFiles();
        CheckoutSource before = Before(dirstate);
        CheckoutSource target = new(journal.Tree, journal.Sparse);
        journal = journal with { From = Sources(before, target) };
        Comparison compared = await CompareAsync(objects, journal, dirty, dirstate?.Reader, kept, cancellationToken);
        CheckoutPlan plan = compared.Plan(files, dirstate?.Reader, _cut is not null);
        IReadOnlyList<CheckoutConflict> conflicts = await FindConflictsAsync(objects, plan, journal, files, compared.Leaving, cancellationToken);
        if (conflicts.Count > 0)
        {
            return new CheckoutResult(0, 0, 0, conflicts);
        }

        await objects.AffordAsync(plan.FindContents, cancellationToken);
        CheckoutPlan looked = journal.Force ? compared.Plan(files, dirstate?.Reader, _cut is not null) : plan;
        if (journal.Force)
        {
            await UnsavedFiles.KeepAsync(files, looked, dirty, objects, held.Discarded, cancellationToken);
        }

        if (!before.Tree.IsNull && kept is null && _cut is null)
        {
            UnsavedFiles.KeepCoincidences(files, looked, held.Discarded);
        }

        if (beforeChange is not null)
        {
            await beforeChange();
        }

        held.Discarded.Promise();
        journal = journal with { Discarded = [.. journal.Discarded.Union(held.DiscardedIds)] };
        held.Announces(journal, movesFiles: before != target);
        journal.Save(workingCopy.JournalPath);
        using CheckoutWriter writer = new(files, plan, journal.Force, progress);
        int removed = writer.Remove(cancellationToken);
        await writer.WriteAsync(objects, cancellationToken);
        IEnumerable<byte[]> forgotten = dirty.Where(static e => e.Code is StatusCode.Added or StatusCode.AddedMissing).Select(static e => e.Path);
        DirstateFile.Update(workingCopy.DirstatePath, journal.Tree, CheckoutChanges.WithForgotten(compared.Entries(writer.Stats), forgotten));
        if (journal.Sparse != before.Sparse)
        {
            sparse.SetCurrent(journal.Sparse);
        }

        PreviousHead.Record(clone.Paths, clone.Head, journal.Head);
        End(journal);
        sparse.Sweep();
        return new CheckoutResult(writer.FilesWritten, removed, writer.BytesWritten, [])
        {
            ChangedIgnoreRules = compared.Changes.Any(static c => c.Path.Span.EndsWith(".gitignore"u8)),
            NotKept = held.Discarded.NotKept,
        };
    }

    /// <summary>As a checkout that touches no file: what is in the files becomes the user's edits. The sparse rules stay with the files.</summary>
    public async Task<CheckoutResult> RecordAsync(IObjectSource objects, CheckoutJournal journal, CancellationToken cancellationToken)
    {
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        CheckoutSource before = Before(dirstate);
        CheckoutSource target = new(journal.Tree, before.Sparse);
        journal = journal with { Sparse = before.Sparse, From = Sources(before, target) };
        SparseViews views = new(sparse);
        IReadOnlyList<TreeChange> changes = (await SparseDiff.CompareAsync(objects, views.Of(before), views.Of(target), cancellationToken)).Changes;
        journal.Save(workingCopy.JournalPath);
        DirstateFile.Update(workingCopy.DirstatePath, journal.Tree, CheckoutChanges.Entries(changes, new RecordedStat?[changes.Count]));
        End(journal);
        return new CheckoutResult(0, 0, 0, []);
    }

    private CheckoutSource Before(DirstateFile? dirstate) => new(dirstate?.Reader.Tree ?? ObjectId.Null, workingCopy.Sparse?.Id ?? ObjectId.Null);

    private void End(CheckoutJournal journal)
    {
        clone.SetHead(journal.Head);
        workingCopy.Unfinished.Settle(clone.Head, journal.Tree);
        CheckoutJournal.Delete(workingCopy.JournalPath);
    }

    // What files on disk may be of.
    private CheckoutSource[] Sources(CheckoutSource before, CheckoutSource target)
    {
        if (_cut is null)
        {
            return [before];
        }

        CheckoutSource[] sources = [before, .. _cut.From.Skip(1).Append(new CheckoutSource(_cut.Tree, _cut.Sparse)).Where(s => s != target && s != before).Distinct()];
        return sources.Length <= CheckoutJournal.FromMax
            ? sources
            : throw new IOException($"{CheckoutJournal.FromMax} checkouts in a row were cut; finish the last one, to {_cut.Head.Commit}, first.");
    }

    private async Task<Comparison> CompareAsync(
        IObjectSource objects, CheckoutJournal journal, IReadOnlyList<StatusEntry> dirty, DirstateReader? dirstate, LocalStore? kept, CancellationToken cancellationToken)
    {
        SparseViews views = new(sparse);
        SparseView old = views.Of(journal.From[0]);
        SparseView fresh = views.Of(new CheckoutSource(journal.Tree, journal.Sparse));
        await EnsureTreesAsync(objects, old, fresh, cancellationToken);
        SparseChanges compared = await SparseDiff.CompareAsync(objects, old, fresh, cancellationToken);
        IReadOnlyList<TreeChange> changes = CheckoutChanges.WithRestored(compared.Changes, dirty, dirstate);
        Dictionary<byte[], List<TreeSide>> others = new(BytesComparer.Instance);
        foreach (CheckoutSource cut in journal.From.Skip(1))
        {
            changes = CheckoutChanges.WithUndone(changes, (await SparseDiff.CompareAsync(objects, old, views.Of(cut), cancellationToken)).Changes, others);
        }

        if (kept is null)
        {
            return new Comparison(changes, others, null, compared.Leaving);
        }

        KeptChanges with = new(changes, dirstate);
        with.Discard(KeptFiles.Read(kept, journal.Discard), others);
        with.Restore(KeptFiles.Read(kept, journal.Restore));
        return new Comparison(with.Changes, others, with, compared.Leaving);
    }

    private async Task<IReadOnlyList<CheckoutConflict>> FindConflictsAsync(
        IObjectSource objects, CheckoutPlan plan, CheckoutJournal journal, IWorkingFiles files, IReadOnlyList<TreeChange> leaving, CancellationToken cancellationToken)
    {
        IReadOnlyList<CheckoutConflict> unsafePaths = plan.FindUnsafePaths();
        if (unsafePaths.Count > 0 || journal.Force)
        {
            return unsafePaths;
        }

        IReadOnlyList<CheckoutConflict> conflicts = await plan.FindConflictsAsync(objects, cancellationToken);
        return _cut is null ? SparseDeletions.AddTo(conflicts, files, leaving) : conflicts;
    }

    private static async Task EnsureTreesAsync(IObjectSource objects, SparseView old, SparseView fresh, CancellationToken cancellationToken)
    {
        if (old.Rules.IsEverything && fresh.Rules.IsEverything)
        {
            await objects.EnsureTreesAsync([fresh.Root!.Value], old.Root is { } known ? [known] : [], cancellationToken);
        }
        else
        {
            await objects.EnsureInsideAsync(fresh, old.Root is null ? null : old, cancellationToken);
        }
    }

    // Kept: the changes include files that come from elsewhere than a tree; null: none do.
    private sealed record Comparison(
        IReadOnlyList<TreeChange> Changes, Dictionary<byte[], List<TreeSide>> Others, KeptChanges? Kept, IReadOnlyList<TreeChange> Leaving)
    {
        public CheckoutPlan Plan(IWorkingFiles files, DirstateReader? dirstate, bool isAfterCut) => new(files, dirstate, Changes, Others, isAfterCut, Kept?.Taken);

        public IEnumerable<DirstateEntry> Entries(IReadOnlyList<RecordedStat?> stats) => Kept is null ? CheckoutChanges.Entries(Changes, stats) : Kept.Entries(stats);
    }
}
