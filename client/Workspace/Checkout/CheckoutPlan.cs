using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// The changes a checkout makes, and the check that none of them destroys what is saved nowhere. Costs what changes: the rest of the
/// working copy is not looked at.
/// </summary>
internal sealed class CheckoutPlan
{
    private readonly IWorkingFiles _files;
    private readonly DirstateReader? _dirstate;
    private readonly HashSet<byte[]> _removed = new(BytesComparer.Instance);
    private readonly List<CheckoutConflict> _conflicts = [];

    /// <param name="files">The working copy.</param>
    /// <param name="dirstate">What is checked out; null: nothing.</param>
    /// <param name="changes">Ascending by path; what the tree on its way has differently, and what is to be restored.</param>
    public CheckoutPlan(IWorkingFiles files, DirstateReader? dirstate, IReadOnlyList<TreeChange> changes)
    {
        _files = files;
        _dirstate = dirstate;
        Changes = changes;
        foreach (TreeChange change in changes)
        {
            if (change.New.IsAbsent)
            {
                _removed.Add(change.Path.ToArray());
            }
        }
    }

    public IReadOnlyList<TreeChange> Changes { get; }

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
        foreach (TreeChange change in Changes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> parent = WorkingPath.Split(change.Path.Span, out ReadOnlySpan<byte> name);
            using IWorkingDirectory? directory = _files.OpenDirectory(parent);
            if (directory is null)
            {
                if (!change.New.IsAbsent)
                {
                    CheckWayTo(change.Path.Span);
                }

                continue;
            }

            if (directory.GetStatus(name) is not { } status)
            {
                continue;
            }

            if (change.Old.IsAbsent)
            {
                CheckNew(change, directory, name, status);
            }
            else if (change.Old.Mode.HasBlob())
            {
                CheckTracked(change, directory, name, status);
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

    private void CheckNew(TreeChange change, IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        if (status.Kind == FileKind.Directory)
        {
            if (change.New.Mode.Kind() != EntryKind.Submodule)
            {
                CheckEmptied(change.Path.ToArray());
            }
        }
        else if (!Holds(directory, name, status, change.New))
        {
            _conflicts.Add(new CheckoutConflict(change.Path.ToArray(), CheckoutConflictReason.Untracked));
        }
    }

    private void CheckTracked(TreeChange change, IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        if (status.Kind == FileKind.Directory && change.New.IsAbsent)
        {
            return;
        }

        if (IsKnownClean(change.Path.Span, status)
            || Holds(directory, name, status, change.Old)
            || (!change.New.IsAbsent && Holds(directory, name, status, change.New)))
        {
            return;
        }

        _conflicts.Add(new CheckoutConflict(change.Path.ToArray(), CheckoutConflictReason.Modified));
    }

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
        _dirstate is not null && _dirstate.TryFind(path, out DirstateEntry entry)
        && entry.Stat is { } stat && stat == status.ToRecorded() && stat.MtimeNs < _dirstate.WrittenNs;

    private static bool Holds(IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status, TreeSide side)
    {
        bool kindFits = side.Mode.Kind() switch
        {
            EntryKind.SymbolicLink => status.Kind == FileKind.SymbolicLink,
            EntryKind.Executable => status.Kind == FileKind.Regular && status.IsOwnerExecutable,
            EntryKind.File => status.Kind == FileKind.Regular && !status.IsOwnerExecutable,
            _ => false,
        };
        return kindFits && FileHasher.Hash(directory, name, status) == side.Id;
    }
}
