using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tracking;

/// <summary>What <see cref="FileRemover"/> is asked for.</summary>
/// <param name="Recursive">Folders, with all that is tracked in them.</param>
/// <param name="Cached">Keep the files: they are untracked from then on.</param>
/// <param name="Force">Also files that hold what no commit has.</param>
/// <param name="DryRun">Find out, change nothing.</param>
public readonly record struct RemoveOptions(bool Recursive, bool Cached, bool Force, bool DryRun);

/// <summary>Removes tracked files, from the next commit on and on disk.</summary>
public sealed class FileRemover(WorkingCopy workingCopy)
{
    /// <summary>What the last run discarded for good: it was too large to be kept for undo.</summary>
    public IReadOnlyList<NotKeptFile> NotKept { get; private set; } = [];

    /// <param name="objects">Where trees are read if a command that was cut must be finished first.</param>
    /// <param name="paths">From the top; the empty path is the top.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops before the first file goes.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<RemoveResult> RemoveAsync(IObjectSource objects, IReadOnlyList<byte[]> paths, RemoveOptions options, CancellationToken cancellationToken)
    {
        using CloneLock held = await workingCopy.EnterAsync(objects, cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        using IWorkingFiles files = workingCopy.OpenFiles();
        TrackedPaths tracked = new(dirstate?.Reader);
        SortedDictionary<byte[], DirstateEntry> chosen = new(BytesComparer.Instance);
        foreach (byte[] path in paths)
        {
            List<DirstateEntry> found = tracked.Under(path);
            if (found.Count == 0)
            {
                return new RemoveResult(RemoveOutcome.NotTracked, [path]);
            }

            if (!options.Recursive && !found[0].Path.Span.SequenceEqual(path))
            {
                return new RemoveResult(RemoveOutcome.IsFolder, [path]);
            }

            foreach (DirstateEntry entry in found)
            {
                chosen[entry.Path.ToArray()] = entry;
            }
        }

        if (!options.Force && !options.Cached && Refuse(files, chosen.Values, cancellationToken) is { } refused)
        {
            return refused;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!options.DryRun)
        {
            if (options.Force && !options.Cached)
            {
                Keep(files, chosen.Values, held.Discarded, cancellationToken);
                NotKept = held.Discarded.NotKept;
            }

            Remove(files, dirstate?.Reader, chosen.Values, options);
        }

        return new RemoveResult(RemoveOutcome.Done, [.. chosen.Keys]);
    }

    // Files first: cut between, they are missing, and the same command goes on.
    private void Remove(IWorkingFiles files, DirstateReader? dirstate, IReadOnlyCollection<DirstateEntry> entries, RemoveOptions options)
    {
        TrackingEdits edits = new(dirstate);
        foreach (DirstateEntry entry in entries)
        {
            if (!options.Cached)
            {
                Delete(files, entry);
            }

            edits.Drop(entry);
        }

        edits.Save(workingCopy.DirstatePath);
    }

    private static void Delete(IWorkingFiles files, in DirstateEntry entry)
    {
        ReadOnlySpan<byte> path = entry.Path.Span;
        using (IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name)))
        {
            if (directory?.GetStatus(name) is not { } status)
            {
                return;
            }

            if (status.Kind == FileKind.Directory)
            {
                // A submodule's; with something in it, it stays.
                _ = entry.Mode.Kind() == EntryKind.Submodule && directory.DeleteDirectory(name);
            }
            else
            {
                directory.Delete(name);
            }
        }

        EmptyFolders.RemoveAbove(files, path);
    }

    private static void Keep(IWorkingFiles files, IEnumerable<DirstateEntry> entries, IDiscardedFiles discarded, CancellationToken cancellationToken)
    {
        (List<byte[]> modified, List<byte[]> added) = FindLosses(files, entries, cancellationToken);
        foreach (byte[] path in modified.Concat(added))
        {
            UnsavedFiles.Keep(files, path, discarded);
        }

        discarded.Promise();
    }

    private static RemoveResult? Refuse(IWorkingFiles files, IEnumerable<DirstateEntry> entries, CancellationToken cancellationToken)
    {
        (List<byte[]> modified, List<byte[]> added) = FindLosses(files, entries, cancellationToken);
        return modified.Count > 0 ? new RemoveResult(RemoveOutcome.Modified, modified) : added.Count > 0 ? new RemoveResult(RemoveOutcome.Added, added) : null;
    }

    // What no commit has of files that are there.
    private static (List<byte[]> Modified, List<byte[]> Added) FindLosses(IWorkingFiles files, IEnumerable<DirstateEntry> entries, CancellationToken cancellationToken)
    {
        List<byte[]> modified = [];
        List<byte[]> added = [];
        foreach (DirstateEntry entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(entry.Path.Span, out ReadOnlySpan<byte> name));
            if (directory?.GetStatus(name) is not { } status || status.Kind == FileKind.Directory)
            {
                continue;
            }

            if (entry.IsAdded)
            {
                added.Add(entry.Path.ToArray());
            }
            else if (!IsUnchanged(directory, name, status, entry))
            {
                modified.Add(entry.Path.ToArray());
            }
        }

        return (modified, added);
    }

    private static bool IsUnchanged(IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status, in DirstateEntry entry)
    {
        if (entry.Proves(status.ToRecorded()))
        {
            return true;
        }

        return status.ToMode() == entry.Mode.Canonical() && FileHasher.Hash(directory, name, status) == entry.Id;
    }
}
