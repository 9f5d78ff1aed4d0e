using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// Watches over what the holder of the clone's lock changes, and adds it to the operation log when the lock is given back. It costs a few small reads where nothing changes. Where it can't
/// do its work it leaves that to the next command, and never fails the command that it watches.
/// </summary>
internal sealed class OperationRecorder : IDisposable
{
    private readonly ClonePaths _paths;
    private readonly StateEvidence? _before;
    private readonly DiscardedFiles _discarded;
    private readonly List<ObjectId> _discards = [];
    private readonly List<ObjectId> _putBack = [];
    private readonly OperationCommand _command;
    private readonly OperationDraft _draft;
    private OperationTraits _traits;
    private OperationRelation _relation;
    private long _target;

    private OperationRecorder(ClonePaths paths, OperationCommand command, OperationDraft draft, StateEvidence? before)
    {
        _paths = paths;
        _command = command;
        _draft = draft;
        _before = before;
        _discarded = new DiscardedFiles(paths, command.Text) { OnPromised = Discards };
    }

    public IDiscardedFiles Discarded => _discarded;

    public IReadOnlyList<ObjectId> DiscardedIds => _discards;

    /// <summary>Begins to watch. The lock is held.</summary>
    /// <param name="paths">The clone.</param>
    /// <param name="draft">Where to tell the next command what it should know if this one is killed.</param>
    /// <param name="killed">What the holder before told that way; null: it ended in order.</param>
    public static OperationRecorder Start(ClonePaths paths, OperationDraft draft, DraftedOperation? killed)
    {
        OperationCommand command = OperationCommand.Current;
        StateEvidence? before = null;
        try
        {
            before = new StateEvidence(paths);
            if (killed is not null && before.IsOfWholeClone)
            {
                RecordGap(paths, before.Read(), killed);
            }
        }
        catch (Exception e) when (IsOfDisk(e))
        {
            before?.Dispose();
            before = null;
        }

        return new OperationRecorder(paths, command, draft, before);
    }

    public void Adds(OperationTraits traits)
    {
        _traits |= traits;
        _draft.Write(_traits, _discards, _putBack);
    }

    public void Discards(ObjectId kept)
    {
        if (!_discards.Contains(kept))
        {
            _discards.Add(kept);
            Adds(OperationTraits.None);
        }
    }

    public void PutsBack(ObjectId kept)
    {
        if (!_putBack.Contains(kept))
        {
            _putBack.Add(kept);
            Adds(OperationTraits.None);
        }
    }

    public void Is(OperationRelation relation, long target) => (_relation, _target) = (relation, target);

    /// <summary>The log as it is now, with what happened unseen since its last operation.</summary>
    /// <exception cref="Monorepo.Workspace.History.CorruptHistoryException">The log is none, or another file of the clone is damaged.</exception>
    public static OperationLog Open(ClonePaths paths)
    {
        using StateEvidence now = new(paths);
        return now.IsOfWholeClone ? RecordGap(paths, now.Read(), null) : OperationLog.Load(paths.Operations);
    }

    /// <summary>Ends watching: what changed is recorded.</summary>
    /// <returns>False where the next command must do it.</returns>
    public bool Finish()
    {
        try
        {
            _discarded.Promise();
            if (_discarded.NotKept.Count > 0)
            {
                _traits |= OperationTraits.LosesContent;
            }

            using StateEvidence after = new(_paths);
            if (_before is null || !after.IsOfWholeClone)
            {
                return true;
            }

            if (!_before.IsOfWholeClone)
            {
                OperationLog.Load(_paths.Operations).Begin(after.Read());
                return true;
            }

            bool isShown = (_traits & (OperationTraits.Published | OperationTraits.LosesContent)) != OperationTraits.None || _discards.Count > 0 || _putBack.Count > 0 || _relation != OperationRelation.None;
            if (!isShown && _before.IsSameAs(after))
            {
                return true;
            }

            OperationState was = _before.Read();
            OperationState now = after.Read();
            if (isShown || !StateChange.Between(was, now).IsEmpty)
            {
                OperationLog log = RecordGap(_paths, was, null);
                log.Append(
                    new Operation(0, Now(), _command.Text)
                    {
                        Traits = _traits,
                        Relation = _relation,
                        Target = _target,
                        Token = _command.Token,
                        Discarded = _discards,
                        PutBack = _putBack,
                        Before = was,
                        After = now,
                    },
                    isSynced: _discards.Count > 0);
                KeptStore.Shorten(_paths, log);
            }

            return true;
        }
        catch (Exception e) when (IsOfDisk(e))
        {
            return false;
        }
    }

    public void Dispose()
    {
        _discarded.Dispose();
        _before?.Dispose();
    }

    // What changed since the log's last operation, if anything did, becomes one.
    private static OperationLog RecordGap(ClonePaths paths, OperationState now, DraftedOperation? killed)
    {
        OperationLog log = OperationLog.Load(paths.Operations);
        OperationState known = log.State ?? now;
        bool isShown = killed is { Discarded.Count: > 0 } or { PutBack.Count: > 0 };
        StateChange change = StateChange.Between(known, now);
        if (isShown || !change.IsEmpty)
        {
            // Refs are all that other working copies can change of what is this one's state.
            bool isElsewhere = killed is null && change is { Head: null, Tree: null, Files.Count: 0 } && WorktreeList.Others(paths).Count > 0;
            log.Append(
                new Operation(0, Now(), killed?.Command ?? (isElsewhere ? "commands in other working copies" : "a command that was not recorded"))
                {
                    Traits = isElsewhere ? OperationTraits.Elsewhere : OperationTraits.Interrupted | (killed?.Traits ?? OperationTraits.None),
                    Token = Guid.NewGuid(),
                    Discarded = killed?.Discarded ?? [],
                    PutBack = killed?.PutBack ?? [],
                    Before = known,
                    After = now,
                },
                isSynced: isShown);
        }

        return log;
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static bool IsOfDisk(Exception e) => e is IOException or UnauthorizedAccessException or FormatException;
}
