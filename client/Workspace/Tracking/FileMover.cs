using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tracking;

/// <summary>Gives tracked files and folders other names, on disk and from the next commit on.</summary>
public sealed class FileMover(WorkingCopy workingCopy)
{
    /// <summary>What the last run discarded for good: it was too large to be kept for undo.</summary>
    public IReadOnlyList<NotKeptFile> NotKept { get; private set; } = [];

    /// <param name="objects">Where trees are read if a command that was cut must be finished first.</param>
    /// <param name="sources">From the top; none is the top.</param>
    /// <param name="destination">A folder that is there, which they go into; or, of one source, its new name.</param>
    /// <param name="force">A file that is there makes way.</param>
    /// <param name="dryRun">Find out, change nothing.</param>
    /// <param name="cancellationToken">Stops before the first move.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<MoveResult> MoveAsync(
        IObjectSource objects, IReadOnlyList<byte[]> sources, byte[] destination, bool force, bool dryRun, CancellationToken cancellationToken)
    {
        using CloneLock held = await workingCopy.EnterAsync(objects, cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        using IWorkingFiles files = workingCopy.OpenFiles();
        TrackedPaths tracked = new(dirstate?.Reader);
        bool isFolder = destination.Length == 0 || FindStatus(files, destination) is { Kind: FileKind.Directory };
        List<(byte[] From, byte[] To)> moves = [];
        HashSet<byte[]> taken = new(BytesComparer.Instance);
        foreach (byte[] source in sources)
        {
            WorkingPath.Split(source, out ReadOnlySpan<byte> name);
            (byte[] From, byte[] To) move = (source, isFolder ? TreePaths.Join(destination, name) : destination);
            MoveOutcome outcome = !isFolder && sources.Count > 1 ? MoveOutcome.NoFolder : Check(files, tracked, move, force);
            outcome = outcome == MoveOutcome.Done && !taken.Add(move.To) ? MoveOutcome.DestinationExists : outcome;
            if (outcome != MoveOutcome.Done)
            {
                return new MoveResult(outcome, [move]);
            }

            moves.Add(move);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!dryRun)
        {
            foreach ((_, byte[] to) in force ? moves : [])
            {
                UnsavedFiles.Keep(files, to, held.Discarded);
            }

            held.Discarded.Promise();
            NotKept = held.Discarded.NotKept;
            Move(files, dirstate?.Reader, tracked, moves, force);
        }

        return new MoveResult(MoveOutcome.Done, moves);
    }

    private static MoveOutcome Check(IWorkingFiles files, TrackedPaths tracked, (byte[] From, byte[] To) move, bool force)
    {
        if (FindStatus(files, move.From) is not { } source)
        {
            return MoveOutcome.NoSource;
        }

        if (TreePaths.IsUnder(move.To, move.From) && source.Kind == FileKind.Directory)
        {
            return MoveOutcome.IntoItself;
        }

        if (!tracked.Any(move.From))
        {
            return MoveOutcome.NotTracked;
        }

        using IWorkingDirectory? parent = files.OpenDirectory(WorkingPath.Split(move.To, out ReadOnlySpan<byte> name));
        if (parent is null || !WorkingPath.IsSafe(move.To))
        {
            return MoveOutcome.NoFolder;
        }

        return parent.GetStatus(name) is not { } there || (force && there.Kind != FileKind.Directory && source.Kind != FileKind.Directory && !move.To.AsSpan().SequenceEqual(move.From))
            ? MoveOutcome.Done
            : MoveOutcome.DestinationExists;
    }

    // Files first: cut between, they are missing in one place and untracked in the other, and nothing is lost.
    private void Move(IWorkingFiles files, DirstateReader? dirstate, TrackedPaths tracked, List<(byte[] From, byte[] To)> moves, bool force)
    {
        TrackingEdits edits = new(dirstate);
        try
        {
            foreach ((byte[] from, byte[] to) in moves)
            {
                using IWorkingDirectory? source = files.OpenDirectory(WorkingPath.Split(from, out ReadOnlySpan<byte> name));
                using IWorkingDirectory? target = files.OpenDirectory(WorkingPath.Split(to, out ReadOnlySpan<byte> newName));
                if (source is null || target is null || !source.TryRename(name, target, newName, force))
                {
                    throw new IOException($"'{System.Text.Encoding.UTF8.GetString(from)}' can't be moved: it changed meanwhile, or its new name is taken.");
                }

                List<DirstateEntry> moved = tracked.Under(from);
                foreach (DirstateEntry entry in moved)
                {
                    edits.Drop(entry);
                }

                foreach (DirstateEntry entry in moved)
                {
                    edits.Add([.. to, .. entry.Path.Span[from.Length..]], entry.Mode);
                }
            }
        }
        finally
        {
            // Also those that went before one that could not.
            edits.Save(workingCopy.DirstatePath);
        }
    }

    private static FileStatus? FindStatus(IWorkingFiles files, ReadOnlySpan<byte> path)
    {
        using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
        return directory?.GetStatus(name);
    }
}
