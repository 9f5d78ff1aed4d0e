using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
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

    /// <param name="files">The working copy.</param>
    /// <param name="dirstate">What is checked out; null: nothing.</param>
    /// <param name="changes">Ascending by path; what the tree on its way has differently, and what is to be restored.</param>
    /// <param name="others">Besides a change's own two sides, what a cut checkout may have left at its path.</param>
    public CheckoutPlan(IWorkingFiles files, DirstateReader? dirstate, IReadOnlyList<TreeChange> changes, IReadOnlyDictionary<byte[], List<TreeSide>> others)
    {
        _others = others;
        _files = files;
        _dirstate = dirstate?.Open();
        Changes = changes;
        _steps = new CheckoutStep[changes.Count];
        foreach (TreeChange change in changes)
        {
            if (change.New.IsAbsent)
            {
                _removed.Add(change.Path.ToArray());
            }
        }
    }

    public IReadOnlyList<TreeChange> Changes { get; }

    /// <summary>What is to be done for each change. All are writes until <see cref="FindConflicts"/> has looked.</summary>
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
            if (!change.New.IsAbsent && !IsSafe(change.Path.Span))
            {
                found.Add(new CheckoutConflict(change.Path.ToArray(), CheckoutConflictReason.UnsafePath));
            }
        }

        return found;
    }

    /// <summary>Everything that stands in the way; empty: go ahead.</summary>
    public IReadOnlyList<CheckoutConflict> FindConflicts(CancellationToken cancellationToken)
    {
        _conflicts.Clear();
        for (int i = 0; i < Changes.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TreeChange change = Changes[i];
            ReadOnlySpan<byte> parent = WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
            using IWorkingDirectory? directory = _files.OpenDirectory(parent);
            if (directory is null)
            {
                if (!change.New.IsAbsent)
                {
                    CheckWayTo(change.Path.Span);
                }
            }
            else if (directory.GetStatus(name) is { } status)
            {
                _steps[i] = status.Kind == FileKind.Directory ? CheckDirectory(change) : CheckFile(change, directory, name, status);
            }
        }

        return _conflicts;
    }

    private static bool IsSafe(ReadOnlySpan<byte> path)
    {
        foreach (Range component in path.Split((byte)'/'))
        {
            if (!WorkingPath.IsSafeName(path[component]))
            {
                return false;
            }
        }

        return true;
    }

    // A directory on the way may be missing, but nothing else may stand in its place, unless it goes.
    private void CheckWayTo(ReadOnlySpan<byte> path)
    {
        for (int slash = path.IndexOf((byte)'/'); slash >= 0;)
        {
            ReadOnlySpan<byte> prefix = path[..slash];
            using IWorkingDirectory? directory = _files.OpenDirectory(WorkingPath.Split(prefix, out ReadOnlySpan<byte> name));
            if (directory?.GetStatus(name) is { } status && status.Kind != FileKind.Directory)
            {
                byte[] found = prefix.ToArray();
                if (!_removed.Contains(found))
                {
                    _conflicts.Add(new CheckoutConflict(found, CheckoutConflictReason.Untracked));
                }

                return;
            }

            int next = path[(slash + 1)..].IndexOf((byte)'/');
            slash = next < 0 ? -1 : slash + 1 + next;
        }
    }

    private CheckoutStep CheckDirectory(TreeChange change)
    {
        if (change.New.Mode.Kind() != EntryKind.Submodule && !change.New.IsAbsent)
        {
            CheckEmptied(change.Path.ToArray());
        }

        return default;
    }

    private CheckoutStep CheckFile(TreeChange change, IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        bool isOld = change.Old.Mode.HasBlob() && IsKnownClean(change.Path.Span, status);
        TreeSide held = isOld ? default : Identify(directory, name, status);
        isOld |= change.Old.Mode.HasBlob() && Same(held, change.Old);
        RecordedStat seen = status.ToRecorded();
        if (!isOld && !change.New.IsAbsent && Same(held, change.New))
        {
            return new CheckoutStep(CheckoutStepKind.AlreadyThere, seen);
        }

        if (!isOld && !IsLeftByCut(change.Path, held))
        {
            _conflicts.Add(new CheckoutConflict(change.Path.ToArray(), change.Old.IsAbsent ? CheckoutConflictReason.Untracked : CheckoutConflictReason.Modified));
            return default;
        }

        bool isOnlyMode = isOld && change.Old.Id == change.New.Id && IsFile(change.Old.Mode) && IsFile(change.New.Mode) && change.Old.Mode.Kind() != change.New.Mode.Kind();
        return new CheckoutStep(isOnlyMode ? CheckoutStepKind.SetExecutable : CheckoutStepKind.Write, seen);
    }

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
            byte[] child = WorkingPath.Join(path, listing.Name(i));
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
        _dirstate is not null && _dirstate.Seek(path) && _dirstate.Path.SequenceEqual(path) && _dirstate.Proves(status.ToRecorded());

    private static bool IsFile(FileMode mode) => mode.Kind() is EntryKind.File or EntryKind.Executable;

    private static bool Same(TreeSide held, TreeSide side) => !held.IsAbsent && held.Mode == side.Mode.Canonical() && held.Id == side.Id;

    // What a commit would record; absent where it can't be a file or link of one.
    private static TreeSide Identify(IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        FileMode mode = status.Kind switch
        {
            FileKind.SymbolicLink => FileMode.SymbolicLink,
            FileKind.Regular => status.IsOwnerExecutable ? FileMode.Executable : FileMode.Regular,
            _ => FileMode.None,
        };
        return mode != FileMode.None && FileHasher.Hash(directory, name, status) is { } id ? new TreeSide(mode, id) : default;
    }
}
