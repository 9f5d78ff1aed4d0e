using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tracking;

/// <summary>Makes untracked files tracked, from the next commit on.</summary>
public sealed class FileAdder(Clone clone, WorkingCopy workingCopy)
{
    /// <param name="objects">Where trees are read if a command that was cut must be finished first.</param>
    /// <param name="paths">Files and folders, from the top; the empty path is the top.</param>
    /// <param name="force">Ignored ones too.</param>
    /// <param name="dryRun">Find out, change nothing.</param>
    /// <param name="cancellationToken">Stops before anything counts.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<AddResult> AddAsync(IObjectSource objects, IReadOnlyList<byte[]> paths, bool force, bool dryRun, CancellationToken cancellationToken)
    {
        using CloneLock held = await workingCopy.EnterAsync(objects, cancellationToken);
        if (clone.Head is { Commit: null } head && (head.Branch is not { } branch || clone.Refs.Find(branch) is not null))
        {
            return new AddResult(AddOutcome.NothingCheckedOut, [], []);
        }

        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        using IWorkingFiles files = workingCopy.OpenFiles();
        TrackedPaths tracked = new(dirstate?.Reader);
        StatusOptions options = new() { IncludeIgnored = true, ExpandUntracked = true };
        StatusResult found = await workingCopy.ScanPathsAsync(dirstate?.Reader, options, FindPlaces(paths, force, tracked), cancellationToken);
        if (Refuse(paths, force, tracked, found) is { } refused)
        {
            return refused;
        }

        List<byte[]> added = [];
        List<byte[]> repositories = [];
        foreach (StatusEntry entry in found.Entries)
        {
            if (entry.Code == StatusCode.Untracked && entry.Path[^1] == '/')
            {
                repositories.Add(entry.Path);
            }
            else if (entry.Code == StatusCode.Untracked)
            {
                added.Add(entry.Path);
            }
            else if (entry.Code == StatusCode.Ignored && force)
            {
                Expand(files, entry.Path, added);
            }
        }

        TrackingEdits edits = new(dirstate?.Reader);
        added.RemoveAll(path => !TryAdd(files, path, edits));
        cancellationToken.ThrowIfCancellationRequested();
        if (!dryRun)
        {
            edits.Save(workingCopy.DirstatePath);
        }

        added.Sort(BytesComparer.Instance);
        return new AddResult(AddOutcome.Done, added, repositories);
    }

    // Where the status is known only its untracked lines need a look; a path that none of them is about may be tracked, ignored or nowhere.
    private List<byte[]> FindPlaces(IReadOnlyList<byte[]> paths, bool force, TrackedPaths tracked)
    {
        if (force || workingCopy.TryFindReady() is not { } ready)
        {
            return [.. paths];
        }

        List<byte[]> places = [];
        foreach (byte[] path in paths)
        {
            int before = places.Count;
            places.AddRange(ready.Entries.Where(e => e.Code == StatusCode.Untracked).Select(e => e.Path.AsSpan().TrimEnd((byte)'/').ToArray()).Where(p => TreePaths.IsUnder(p, path)));
            if (places.Count == before && path.Length > 0 && !tracked.Any(path))
            {
                places.Add(path);
            }
        }

        return places;
    }

    private static AddResult? Refuse(IReadOnlyList<byte[]> paths, bool force, TrackedPaths tracked, StatusResult found)
    {
        List<byte[]> ignored = [];
        foreach (byte[] path in paths)
        {
            // What is to be removed and is gone is no file that could be added.
            if (path.Length == 0 || found.Entries.Any(e => e.Code is not (StatusCode.Ignored or StatusCode.Removed) && TreePaths.IsUnder(e.Path, path)) || tracked.Any(path))
            {
                continue;
            }

            if (!found.Entries.Any(e => e.Code == StatusCode.Ignored && TreePaths.IsUnder(e.Path, path)))
            {
                return new AddResult(AddOutcome.NoSuchPath, [path], []);
            }

            ignored.Add(path);
        }

        return ignored.Count > 0 && !force ? new AddResult(AddOutcome.Ignored, ignored, []) : null;
    }

    // An ignored folder is one line, and what is in it is not looked at.
    private static void Expand(IWorkingFiles files, byte[] path, List<byte[]> added)
    {
        if (path[^1] != '/')
        {
            added.Add(path);
            return;
        }

        using IWorkingDirectory? directory = files.OpenDirectory(path.AsSpan()[..^1]);
        if (directory is null || directory.GetStatus(WorkingPath.StateDirectory) is not null || directory.GetStatus(WorkingPath.GitDirectory) is not null)
        {
            return;
        }

        Files.DirectoryListing listing = new();
        directory.List(listing);
        for (int i = 0; i < listing.Count; i++)
        {
            byte[] inside = [.. path, .. listing.Name(i)];
            Expand(files, listing.Kind(i) == FileKind.Directory ? [.. inside, (byte)'/'] : inside, added);
        }
    }

    private static bool TryAdd(IWorkingFiles files, byte[] path, TrackingEdits edits)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        if (!WorkingPath.IsSafe(path) || directory?.GetStatus(name) is not { Kind: FileKind.Regular or FileKind.SymbolicLink } status)
        {
            return false;
        }

        edits.Add(path, status.ToMode());
        return true;
    }
}
