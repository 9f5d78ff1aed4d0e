using System.Globalization;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// The right to change a clone: one holder at a time, over all processes. Given back on dispose and when the process ends, however.
/// The lock's file names its holder for people: process id, a space, the command. What is changed under the lock is recorded as an operation that can be undone
/// (Operations/FORMAT.md); the holder tells it what can't be seen from the clone's state.
/// </summary>
public sealed class CloneLock : IDisposable
{
    private readonly FileDescriptor _file;
    private readonly OperationRecorder _recorder;
    private readonly ClonePaths _paths;
    private bool _isDisposed;

    private CloneLock(FileDescriptor file, ClonePaths paths, OperationRecorder recorder)
    {
        _file = file;
        _paths = paths;
        _recorder = recorder;
    }

    /// <summary>Where to put contents of the working copy that no commit has, before they are overwritten.</summary>
    public IDiscardedFiles Discarded => _recorder.Discarded;

    /// <exception cref="CloneException"><see cref="CloneError.Locked"/>: another command has it; the message names it.</exception>
    public static CloneLock Take(ClonePaths paths) => TryTake(paths)
        ?? throw new CloneException(CloneError.Locked, $"{DescribeOwner(paths.Lock)} is changing the clone in '{paths.WorkingCopy}'; try again when it is done.");

    /// <summary>Null where another holder has it; does not wait.</summary>
    public static CloneLock? TryTake(ClonePaths paths)
    {
        FileDescriptor file = DurableFile.Open(paths.Lock, OpenFlags.ReadWrite | OpenFlags.Create);
        if (!PosixFile.TryLockExclusive(file))
        {
            file.Dispose();
            return null;
        }

        try
        {
            OperationDraft draft = new(file, OperationCommand.Current.Text);
            OperationRecorder recorder = OperationRecorder.Start(paths, draft, draft.ReadLast());
            draft.Write(OperationTraits.None, [], []);
            return new CloneLock(file, paths, recorder);
        }
        catch
        {
            file.Dispose();
            throw;
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

    // Who took the lock a moment ago may not have written its name yet, and one that was killed left its own.
    private static string DescribeOwner(string path)
    {
        using FileDescriptor file = DurableFile.Open(path, OpenFlags.ReadOnly);
        return OperationDraft.ReadOwner(file) is ({ } command, var process) && Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}"))
            ? $"Another command, '{command}' (process {process}),"
            : "Another command";
    }
}
