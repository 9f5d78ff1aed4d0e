using System.Diagnostics;
using System.Globalization;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// The right to change a clone: one holder at a time, over all processes and all its working copies. Given back on dispose and when the process ends, however.
/// The lock's file names its holder for people: process id, a space, the command. What is changed under the lock is recorded as an operation that can be undone
/// (Operations/FORMAT.md); the holder tells it what can't be seen from the clone's state.
/// </summary>
public sealed class CloneLock : IDisposable
{
    // With several working copies two people may be at work: each waits a little for the other.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly FileDescriptor? _store;
    private readonly FileDescriptor _file;
    private readonly OperationRecorder _recorder;
    private readonly ClonePaths _paths;
    private bool _isDisposed;

    private CloneLock(FileDescriptor? store, FileDescriptor file, ClonePaths paths, OperationRecorder recorder)
    {
        _store = store;
        _file = file;
        _paths = paths;
        _recorder = recorder;
    }

    /// <summary>Where to put contents of the working copy that no commit has, before they are overwritten.</summary>
    public IDiscardedFiles Discarded => _recorder.Discarded;

    /// <exception cref="CloneException"><see cref="CloneError.Locked"/>: another command has it; the message names it.</exception>
    public static CloneLock Take(ClonePaths paths)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryTake(paths) is { } taken)
            {
                return taken;
            }

            if (WorktreeList.Others(paths).Count == 0 || Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new CloneException(CloneError.Locked, $"{DescribeOwner(paths)} is changing the clone in '{paths.WorkingCopy}'; try again when it is done.");
            }

            Thread.Sleep(s_pause);
        }
    }

    /// <summary>Null where another holder has it; does not wait.</summary>
    public static CloneLock? TryTake(ClonePaths paths)
    {
        FileDescriptor? store = paths.IsLinked ? DurableFile.TryLock(Path.Combine(paths.Store, "lock")) : null;
        FileDescriptor? file = paths.IsLinked && store is null ? null : DurableFile.TryLock(paths.Lock);
        if (file is null)
        {
            store?.Dispose();
            return null;
        }

        try
        {
            OperationDraft draft = new(file, OperationCommand.Current.Text);
            OperationRecorder recorder = OperationRecorder.Start(paths, draft, draft.ReadLast());
            draft.Write(OperationTraits.None, [], []);
            return new CloneLock(store, file, paths, recorder);
        }
        catch
        {
            file.Dispose();
            store?.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="TryTake"/>, and null where the clone can't be written: for those who would only note what they found.</summary>
    public static CloneLock? TryTakeToNote(ClonePaths paths)
    {
        try
        {
            return TryTake(paths);
        }
        catch (PosixException e) when (e.Errno is Errno.ReadOnlyFileSystem or Errno.AccessDenied or Errno.NoSpace)
        {
            return null;
        }
    }

    /// <summary>Says that files of the working copy go from one tree to another: undo moves them back. Called before the first one is touched.</summary>
    public void MovesFiles() => _recorder.Adds(OperationTraits.MovesFiles);

    /// <summary>Says that the server accepted what changes here: it can't be undone.</summary>
    public void Publishes() => _recorder.Adds(OperationTraits.Published);

    /// <summary>The log, with what happened unseen before; this operation is not in it yet.</summary>
    /// <exception cref="History.CorruptHistoryException">It is none.</exception>
    public OperationLog OpenOperations() => OperationRecorder.Open(_paths);

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            if (_recorder.Finish())
            {
                // Whoever finds a name in a lock that it could take knows that its owner was killed.
                PosixFile.SetLength(_file, 0);
            }
        }
        catch (PosixException)
        {
            // The next command takes this one for killed and looks; it finds all recorded.
        }
        finally
        {
            _recorder.Dispose();
            _file.Dispose();
            _store?.Dispose();
        }
    }

    /// <summary>What was kept of discarded contents so far.</summary>
    internal IReadOnlyList<ObjectId> DiscardedIds => _recorder.DiscardedIds;

    /// <summary>Says what a checkout does that can't be seen from the clone's state.</summary>
    internal void Announces(CheckoutJournal journal, bool movesFiles)
    {
        if (movesFiles)
        {
            MovesFiles();
        }

        foreach (ObjectId kept in journal.Discarded.Concat(journal.Discard))
        {
            _recorder.Discards(kept);
        }

        foreach (ObjectId kept in journal.Restore)
        {
            _recorder.PutsBack(kept);
        }
    }

    /// <summary>Says which operation is undone or redone.</summary>
    internal void Is(OperationRelation relation, long target) => _recorder.Is(relation, target);

    // Who took the lock a moment ago may not have written its name yet, and one that was killed left its own. Each names itself in its working copy's.
    private static string DescribeOwner(ClonePaths paths)
    {
        foreach (Worktree worktree in WorktreeList.Of(paths))
        {
            using FileDescriptor? file = DurableFile.TryOpen(worktree.Paths.Lock, OpenFlags.ReadOnly);
            if (file is not null && OperationDraft.ReadOwner(file) is ({ } command, var process) && Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")))
            {
                return $"Another command, '{command}' (process {process}),";
            }
        }

        return "Another command";
    }
}
