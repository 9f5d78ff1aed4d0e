using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// The changes a checkout makes, and the check that none of them destroys what is saved nowhere. Costs what changes: the rest of the
/// working copy is not looked at.
/// </summary>
internal sealed class CheckoutPlan
{
    private readonly IWorkingFiles _files;
    private readonly DirstateCursor? _dirstate;
    private readonly HashSet<byte[]> _removed = new(BytesComparer.Instance);
    private readonly List<CheckoutConflict> _conflicts = [];
    private readonly CheckoutStep[] _steps;
    private readonly IReadOnlyDictionary<byte[], List<TreeSide>> _others;
    private readonly List<Doubt> _doubts = [];
    private readonly bool _isAfterCut;
    private readonly IReadOnlySet<byte[]>? _taken;

    /// <param name="files">The working copy.</param>
    /// <param name="dirstate">What is checked out; null: nothing.</param>
    /// <param name="changes">Ascending by path; what the tree on its way has differently, and what is to be restored.</param>
    /// <param name="others">Besides a change's own two sides, what a cut checkout may have left at its path.</param>
    /// <param name="isAfterCut">Whether a cut checkout may have left the beginnings of files.</param>
    /// <param name="taken">Paths that are tracked from here on even if the next commit was to be without them; null: none.</param>
    public CheckoutPlan(
        IWorkingFiles files, DirstateReader? dirstate, IReadOnlyList<TreeChange> changes, IReadOnlyDictionary<byte[], List<TreeSide>> others, bool isAfterCut,
        IReadOnlySet<byte[]>? taken = null)
    {
        _others = others;
        _taken = taken;
        _isAfterCut = isAfterCut;
        Directories = new DirectoryTable(changes);
        _files = files;
        _dirstate = dirstate?.Open();
        Changes = changes;
        _steps = new CheckoutStep[changes.Count];
        for (int i = 0; i < changes.Count; i++)
        {
            if (!changes[i].New.IsAbsent)
            {
                continue;
            }

            if (IsDropped(changes[i].Path))
            {
                _steps[i] = new CheckoutStep(CheckoutStepKind.Leave, null);
            }
            else
            {
                _removed.Add(changes[i].Path.ToArray());
            }
        }
    }

    public IReadOnlyList<TreeChange> Changes { get; }

    public DirectoryTable Directories { get; }

    /// <summary>What is to be done for each change. All are writes until <see cref="FindConflictsAsync"/> has looked.</summary>
    public IReadOnlyList<CheckoutStep> Steps => _steps;

    /// <summary>Whether a directory at a change's path may be a submodule's, which goes with it when it is empty.</summary>
    public bool MayBeSubmodule(TreeChange change) => change.Old.Mode.Kind() == EntryKind.Submodule
        || (_others.TryGetValue(change.Path.ToArray(), out List<TreeSide>? sides) && sides.Exists(side => side.Mode.Kind() == EntryKind.Submodule));

    /// <summary>The contents that are going to be written.</summary>
    public IReadOnlyCollection<ObjectId> FindContents()
    {
        HashSet<ObjectId> ids = [];
        for (int i = 0; i < Changes.Count; i++)
        {
            if (Changes[i].New.Mode.HasBlob() && _steps[i].Kind == CheckoutStepKind.Write)
            {
                ids.Add(Changes[i].New.Id);
            }
        }

        return ids;
    }

    /// <summary>Paths that no checkout may write, however forced.</summary>
    public IReadOnlyList<CheckoutConflict> FindUnsafePaths()
    {
        List<CheckoutConflict> found = [];
        foreach (TreeChange change in Changes)
        {
            if (!change.New.IsAbsent && !WorkingPath.IsSafe(change.Path.Span))
            {
                found.Add(new CheckoutConflict(change.Path.ToArray(), CheckoutConflictReason.UnsafePath));
            }
        }

        return found;
    }

    /// <summary>Everything that stands in the way; empty: go ahead.</summary>
    /// <param name="objects">Where contents are read that files may be the beginnings of: after a cut checkout only.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<IReadOnlyList<CheckoutConflict>> FindConflictsAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        _conflicts.Clear();
        _doubts.Clear();
        FindConflicts(cancellationToken);
        if (_doubts.Count > 0)
        {
            await SettleDoubtsAsync(objects, cancellationToken);
        }

        return _conflicts;
    }

    private void FindConflicts(CancellationToken cancellationToken)
    {
        using DirectoryHandles handles = new(_files, Directories);
        bool[] isMissing = new bool[Directories.Count];
        int looked = 0;
        for (int i = 0; i < Changes.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TreeChange change = Changes[i];
            if (_steps[i].Kind == CheckoutStepKind.Leave)
            {
                continue;
            }

            if (IsDropped(change.Path))
            {
                _conflicts.Add(new CheckoutConflict(change.Path.ToArray(), CheckoutConflictReason.Modified));
                continue;
            }

            int at = Directories.OfChange(i);
            for (; looked <= at; looked++)
            {
                isMissing[looked] = IsMissing(looked, handles, isMissing);
            }

            if (isMissing[at])
            {
                continue;
            }

            using DirectoryHandles.Lease? lease = handles.TryOpen(at);
            WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
            if (lease is { Directory: { } directory } && directory.GetStatus(name) is { } status)
            {
                _steps[i] = status.Kind == FileKind.Directory ? CheckDirectory(change) : CheckFile(i, directory, name, status);
            }
        }
    }

    // A directory on the way may be missing, but nothing else may stand in its place, unless it goes.
    private bool IsMissing(int directory, DirectoryHandles handles, bool[] isMissing)
    {
        int parent = Directories.Parent(directory);
        if (parent >= 0 && isMissing[parent])
        {
            return true;
        }

        using DirectoryHandles.Lease? there = handles.TryOpen(directory);
        if (there is not null)
        {
            return false;
        }

        using DirectoryHandles.Lease? above = parent < 0 ? null : handles.TryOpen(parent);
        if (above?.Directory.GetStatus(Directories.Name(directory)) is { Kind: not FileKind.Directory })
        {
            byte[] found = Directories.Path(directory).ToArray();
            if (!_removed.Contains(found) && HasNewIn(directory))
            {
                _conflicts.Add(new CheckoutConflict(found, CheckoutConflictReason.Untracked));
            }
        }

        return true;
    }

    private bool HasNewIn(int directory)
    {
        ReadOnlySpan<byte> top = Directories.Path(directory).Span;
        foreach (TreeChange change in Changes)
        {
            if (!change.New.IsAbsent && change.Path.Length > top.Length && TreePaths.IsUnder(change.Path.Span, top))
            {
                return true;
            }
        }

        return false;
    }

    // Files are written under their own names where there was none: a killed checkout leaves the beginning of a content. Whatever holds no more than that loses nothing.
    private async Task SettleDoubtsAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        ILookup<ObjectId, Doubt> byContent = _doubts.SelectMany(d => d.Contents.Select(id => (Id: id, Doubt: d))).ToLookup(p => p.Id, p => p.Doubt);
        HashSet<int> settled = [];
        await foreach (GitObject content in objects.ReadManyAsync([.. byContent.Select(g => g.Key)], cancellationToken))
        {
            foreach (Doubt doubt in byContent[content.Id])
            {
                if (!settled.Contains(doubt.Change) && IsBeginning(Changes[doubt.Change].Path.Span, doubt.Seen, content.Body.Span))
                {
                    settled.Add(doubt.Change);
                    _steps[doubt.Change] = new CheckoutStep(CheckoutStepKind.Write, doubt.Seen);
                }
            }
        }

        _conflicts.AddRange(_doubts.Where(d => !settled.Contains(d.Change)).Select(d => ConflictAt(Changes[d.Change])));
        _conflicts.Sort(static (a, b) => BytesComparer.Instance.Compare(a.Path, b.Path));
    }

    private bool IsBeginning(ReadOnlySpan<byte> path, in RecordedStat seen, ReadOnlySpan<byte> content)
    {
        if (seen.SizeBytes > content.Length)
        {
            return false;
        }

        using IWorkingDirectory? directory = _files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        using IWorkingFile? file = directory?.OpenRead(name);
        byte[] held = new byte[seen.SizeBytes];
        int filled = 0;
        for (int count; file is not null && filled < held.Length && (count = file.Read(held.AsSpan(filled))) > 0;)
        {
            filled += count;
        }

        return file is not null && filled == held.Length && file.GetStatus().ToRecorded() == seen && content.StartsWith(held);
    }

    // What the next commit was to add is in the dirstate, too.
    private CheckoutConflict ConflictAt(TreeChange change) =>
        new(change.Path.ToArray(), change.Old.IsAbsent && !FindEntry(change.Path.Span) ? CheckoutConflictReason.Untracked : CheckoutConflictReason.Modified);

    private CheckoutStep CheckDirectory(TreeChange change)
    {
        if (change.New.Mode.Kind() != EntryKind.Submodule && !change.New.IsAbsent)
        {
            CheckEmptied(change.Path.ToArray());
        }

        return default;
    }

    private CheckoutStep CheckFile(int index, IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        TreeChange change = Changes[index];
        bool isOld = change.Old.Mode.HasBlob() && IsKnownClean(change.Path.Span, status);
        TreeSide held = isOld ? default : FileHasher.Identify(directory, name, status);
        isOld |= change.Old.Mode.HasBlob() && Same(held, change.Old);
        RecordedStat seen = status.ToRecorded();
        if (!isOld && !change.New.IsAbsent && Same(held, change.New))
        {
            return new CheckoutStep(CheckoutStepKind.AlreadyThere, seen);
        }

        if (!isOld && !IsLeftByCut(change.Path, held))
        {
            ObjectId[] contents = _isAfterCut && status.Kind == FileKind.Regular ? [.. SidesAt(change).Where(s => IsFile(s.Mode)).Select(s => s.Id).Distinct()] : [];
            if (contents.Length > 0)
            {
                _doubts.Add(new Doubt(index, seen, contents));
            }
            else
            {
                _conflicts.Add(ConflictAt(change));
            }

            return default;
        }

        bool isOnlyMode = isOld && change.Old.Id == change.New.Id && IsFile(change.Old.Mode) && IsFile(change.New.Mode) && change.Old.Mode.Kind() != change.New.Mode.Kind();
        return new CheckoutStep(isOnlyMode ? CheckoutStepKind.SetExecutable : CheckoutStepKind.Write, seen);
    }

    // What a checkout may have been writing at a change's path.
    private IEnumerable<TreeSide> SidesAt(TreeChange change) =>
        _others.TryGetValue(change.Path.ToArray(), out List<TreeSide>? sides) ? sides.Append(change.New) : [change.New];

    private bool IsLeftByCut(ReadOnlyMemory<byte> path, TreeSide held) =>
        _others.Count > 0 && _others.TryGetValue(path.ToArray(), out List<TreeSide>? sides) && sides.Exists(side => Same(held, side));

    // A directory that a file replaces: all in it must be going.
    private void CheckEmptied(byte[] path)
    {
        using IWorkingDirectory? directory = _files.OpenDirectory(path);
        if (directory is null)
        {
            return;
        }

        DirectoryListing listing = new();
        directory.List(listing);
        for (int i = 0; i < listing.Count; i++)
        {
            byte[] child = TreePaths.Join(path, listing.Name(i));
            if (listing.Kind(i) == FileKind.Directory)
            {
                CheckEmptied(child);
            }
            else if (!_removed.Contains(child))
            {
                _conflicts.Add(new CheckoutConflict(child, CheckoutConflictReason.Untracked));
            }
        }
    }

    private bool IsKnownClean(ReadOnlySpan<byte> path, in FileStatus status) =>
        FindEntry(path) && _dirstate!.Proves(status.ToRecorded());

    private bool IsDropped(ReadOnlyMemory<byte> path) => FindEntry(path.Span) && _dirstate!.IsDropped && _taken?.Contains(path.ToArray()) != true;

    private bool FindEntry(ReadOnlySpan<byte> path) => _dirstate is not null && _dirstate.Seek(path) && _dirstate.Path.SequenceEqual(path);

    private static bool IsFile(FileMode mode) => mode.Kind() is EntryKind.File or EntryKind.Executable;

    private static bool Same(TreeSide held, TreeSide side) => !held.IsAbsent && held.Mode == side.Mode.Canonical() && held.Id == side.Id;

    /// <summary>A file that holds no content of either side, but may hold the beginning of one.</summary>
    private sealed record Doubt(int Change, RecordedStat Seen, ObjectId[] Contents);
}
