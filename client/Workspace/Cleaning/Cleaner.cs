using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Watching;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Cleaning;

/// <summary>Deletes files that are not tracked. Costs a look at every file below the paths. Cut, some are left; the same command goes on.</summary>
public sealed class Cleaner(WorkingCopy workingCopy)
{
    private readonly List<CleanedPath> _cleaned = [];
    private readonly HashSet<byte[]> _ignored = new(BytesComparer.Instance);

    // Ascending: the ignored paths in a folder follow its name.
    private List<byte[]> _ignoredInOrder = [];

    // Set while contents are kept, before the first file goes; what can't be read can't be kept, and stays.
    private readonly HashSet<byte[]> _unreadable = new(BytesComparer.Instance);
    private IDiscardedFiles? _keeper;

    /// <summary>What the last run discarded for good: it was too large to be kept for undo.</summary>
    public IReadOnlyList<NotKeptFile> NotKept { get; private set; } = [];

    /// <param name="objects">Where trees are read if a command that was cut must be finished first.</param>
    /// <param name="paths">Only what is at or below these, from the top; the empty path is the top.</param>
    /// <param name="options">What goes.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>Ascending. A folder that goes as a whole is one.</returns>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<IReadOnlyList<CleanedPath>> CleanAsync(IObjectSource objects, IReadOnlyList<byte[]> paths, CleanOptions options, CancellationToken cancellationToken)
    {
        using CloneLock held = await workingCopy.EnterAsync(objects, cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        using IWorkingFiles files = workingCopy.OpenFiles();
        StatusOptions wanted = new() { IncludeIgnored = true, IncludeEmptyDirectories = options.Folders };
        StatusResult found = await workingCopy.ScanPathsAsync(dirstate?.Reader, wanted, paths, cancellationToken);
        _cleaned.Clear();
        _ignored.Clear();
        _ignored.UnionWith(found.Entries.Where(static e => e.Code == StatusCode.Ignored).Select(static e => e.Path.AsSpan().TrimEnd((byte)'/').ToArray()));
        _ignoredInOrder = [.. _ignored.Order(BytesComparer.Instance)];

        // What is ignored in an untracked folder is a matter of that folder, unless ignored files alone are wanted: as in git.
        HashSet<byte[]> folders = new(BytesComparer.Instance);
        if (options.Files != CleanedFiles.Ignored)
        {
            folders.UnionWith(found.Entries.Where(static e => e.Code == StatusCode.Untracked && e.Path[^1] == '/').Select(static e => e.Path[..^1]));
        }

        StatusEntry[] entries =
        [
            .. found.Entries.Where(e => IsWanted(e, options) && !(e.Code == StatusCode.Ignored && DoubtfulPaths.Covers(folders, e.Path, itself: false)))
                .OrderBy(static e => e.Path, BytesComparer.Instance),
        ];
        if (!options.DryRun)
        {
            Keep(files, entries, options, held.Discarded, cancellationToken);
        }

        Clean(files, entries, options, cancellationToken);
        return _cleaned;
    }

    // As a dry run that keeps what goes.
    private void Keep(IWorkingFiles files, StatusEntry[] entries, CleanOptions options, IDiscardedFiles discarded, CancellationToken cancellationToken)
    {
        _unreadable.Clear();
        _keeper = discarded;
        try
        {
            Clean(files, entries, options with { DryRun = true }, cancellationToken);
        }
        finally
        {
            _keeper = null;
        }

        _cleaned.Clear();
        discarded.Promise();
        NotKept = discarded.NotKept;
    }

    private void Clean(IWorkingFiles files, StatusEntry[] entries, CleanOptions options, CancellationToken cancellationToken)
    {
        foreach (StatusEntry entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Clean(files, entry.Path, options, isWhole: false, keeps: entry.Code != StatusCode.Ignored);
        }
    }

    private static bool IsWanted(StatusEntry entry, CleanOptions options) => (entry.Path[^1] != '/' || options.Folders) && options.Files switch
    {
        CleanedFiles.Untracked => entry.Code == StatusCode.Untracked,
        CleanedFiles.Ignored => entry.Code == StatusCode.Ignored,
        _ => entry.Code is StatusCode.Untracked or StatusCode.Ignored,
    };

    // True: nothing is left of it. What is in a folder that goes as a whole is not told by itself; what was ignored is not kept for anybody.
    private bool Clean(IWorkingFiles files, byte[] path, CleanOptions options, bool isWhole, bool keeps)
    {
        if (path[^1] == '/')
        {
            return CleanFolder(files, path, options, isWhole, keeps);
        }

        if (options.Files == CleanedFiles.Untracked && _ignored.Contains(path))
        {
            return false;
        }

        if (_keeper is not null && keeps && !_ignored.Contains(path))
        {
            Keep(files, path, _keeper);
        }

        bool isGone = options.DryRun || (!_unreadable.Contains(path) && Delete(files, path, isFolder: false));
        Tell(path, isGone ? CleanOutcome.Removed : CleanOutcome.Failed, isWhole && isGone);
        return isGone;
    }

    private bool CleanFolder(IWorkingFiles files, byte[] path, CleanOptions options, bool isWhole, bool keeps)
    {
        ReadOnlySpan<byte> name = path.AsSpan()[..^1];
        if (options.Files == CleanedFiles.Untracked && _ignored.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(name))
        {
            return false;
        }

        List<byte[]> inside = [];
        if (!List(files, path, options, inside))
        {
            Tell(path, CleanOutcome.IsRepository, isSilent: false);
            return false;
        }

        bool isAll = isWhole || IsWhole(files, path, options);
        keeps &= !_ignored.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(name);
        bool isEmpty = true;
        foreach (byte[] child in inside)
        {
            isEmpty &= (options.DryRun && isAll && _keeper is null) || Clean(files, child, options, isAll, keeps);
        }

        bool isGone = isEmpty && (options.DryRun || Delete(files, path, isFolder: true));
        if (isAll || isGone)
        {
            Tell(path, isGone ? CleanOutcome.Removed : CleanOutcome.Failed, isWhole && isGone);
        }

        return isGone;
    }

    // Whether all that is in a folder goes with it.
    private bool IsWhole(IWorkingFiles files, byte[] path, CleanOptions options)
    {
        if (options.Files == CleanedFiles.Untracked && HasIgnoredIn(path))
        {
            return false;
        }

        List<byte[]> inside = [];
        return List(files, path, options, inside) && inside.TrueForAll(p => p[^1] != '/' || IsWhole(files, p, options));
    }

    private bool HasIgnoredIn(byte[] folder)
    {
        int at = _ignoredInOrder.BinarySearch(folder, BytesComparer.Instance);
        at = at < 0 ? ~at : at;
        return at < _ignoredInOrder.Count && _ignoredInOrder[at].AsSpan().StartsWith(folder);
    }

    // False: it is a repository of its own, and those stay.
    private static bool List(IWorkingFiles files, byte[] path, CleanOptions options, List<byte[]> inside)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(path.AsSpan()[..^1]);
        if (directory is null)
        {
            return true;
        }

        bool isRepository = directory.GetStatus(WorkingPath.StateDirectory) is { Kind: FileKind.Directory } || directory.GetStatus(WorkingPath.GitDirectory) is not null;
        if (isRepository && !options.Repositories)
        {
            return false;
        }

        Files.DirectoryListing listing = new();
        directory.List(listing);
        for (int i = 0; i < listing.Count; i++)
        {
            byte[] child = [.. path, .. listing.Name(i)];
            inside.Add(listing.Kind(i) == FileKind.Directory ? [.. child, (byte)'/'] : child);
        }

        return true;
    }

    private void Keep(IWorkingFiles files, byte[] path, IDiscardedFiles discarded)
    {
        try
        {
            UnsavedFiles.Keep(files, path, discarded);
        }
        catch (PosixException e) when (e.Errno is Errno.AccessDenied or Errno.NotPermitted)
        {
            _unreadable.Add(path);
        }
    }

    private static bool Delete(IWorkingFiles files, byte[] path, bool isFolder)
    {
        ReadOnlySpan<byte> whole = path.AsSpan()[..(isFolder ? path.Length - 1 : path.Length)];
        try
        {
            using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(whole, out ReadOnlySpan<byte> name));
            return directory is null || (isFolder ? directory.DeleteDirectory(name) || directory.GetStatus(name) is null : directory.Delete(name) || directory.GetStatus(name) is null);
        }
        catch (PosixException e) when (e.Errno is Errno.AccessDenied or Errno.NotPermitted)
        {
            return false;
        }
    }

    private void Tell(byte[] path, CleanOutcome outcome, bool isSilent)
    {
        if (!isSilent)
        {
            _cleaned.Add(new CleanedPath(path, outcome));
        }
    }
}
