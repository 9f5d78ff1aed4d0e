using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// The operations of a clone, the oldest first, as they were when the log was read. What a killed writer or a power loss left half is not among them.
/// Immutable but for <see cref="Append"/>, which the holder of the clone's lock calls. Layout in FORMAT.md.
/// </summary>
public sealed class OperationLog
{
    /// <summary>Older operations than the last so many are forgotten.</summary>
    public const int OperationsMax = 1000;

    // Rewritten when it has outgrown a limit by a part of so many, so that most operations only append.
    private const int SlackShare = 4;

    private readonly string _path;
    private readonly List<Operation> _operations = [];
    private readonly HashSet<long> _numbers = [];
    private long _wholeBytes;
    private int _records;

    private OperationLog(string path) => _path = path;

    /// <summary>Operations that are older than this are forgotten.</summary>
    public static TimeSpan AgeMax { get; } = TimeSpan.FromDays(90);

    public IReadOnlyList<Operation> Operations => _operations;

    /// <summary>The state after the last operation; null: nothing was ever recorded.</summary>
    public OperationState? State { get; private set; }

    /// <summary>The number of the last operation; 0: there was none.</summary>
    public long LastNumber { get; private set; }

    /// <param name="path">The log's file; need not be there.</param>
    /// <exception cref="CorruptHistoryException">It is no operation log, or one of another version.</exception>
    public static OperationLog Load(string path)
    {
        OperationLog log = new(path);
        if (!File.Exists(path))
        {
            return log;
        }

        byte[] bytes = File.ReadAllBytes(path);
        int compared = Math.Min(bytes.Length, OperationRecords.Magic.Length);
        if (!bytes.AsSpan(0, compared).SequenceEqual(OperationRecords.Magic[..compared]) && bytes.AsSpan().ContainsAnyExcept((byte)0))
        {
            throw new CorruptHistoryException($"'{path}' is no operation log that this program knows. Moved away, a new one is begun.");
        }

        log.Read(bytes);
        return log;
    }

    /// <summary>A clone's log. What happened unseen since its last operation is recorded first, unless another command is at work.</summary>
    /// <exception cref="CorruptHistoryException">It is no operation log, or one of another version.</exception>
    public static OperationLog Of(ClonePaths paths)
    {
        using CloneLock? held = CloneLock.TryTake(paths);
        return held?.OpenOperations() ?? Load(paths.Operations);
    }

    /// <summary>The commits that operations go back or forward to, stashes and kept files apart: as long as one is here it can be undone.</summary>
    /// <exception cref="CorruptHistoryException">The log names unfinished work that can't be read.</exception>
    public IEnumerable<ObjectId> FindNamed()
    {
        foreach (StateChange change in _operations.Select(static o => o.Change))
        {
            IEnumerable<ObjectId?> ids = change.Refs.Where(static m => !StashRef.IsStash(m.Name)).SelectMany(static m => (ObjectId?[])[m.Old, m.New]);
            ids = change.Head is { } head ? ids.Concat([head.Old.Commit, head.New.Commit]) : ids;
            IEnumerable<ReadOnlyMemory<byte>> works = change.Files.Where(static f => f.Name == OperationFiles.FileName).SelectMany(static f => (ReadOnlyMemory<byte>?[])[f.Old, f.New]).OfType<ReadOnlyMemory<byte>>();
            foreach (ObjectId id in ids.OfType<ObjectId>().Concat(works.SelectMany(w => OperationFiles.FindNamed(OperationText.Parse(_path, w.ToArray())))))
            {
                yield return id;
            }
        }
    }

    public Operation? Find(long number) => _operations.Find(o => o.Number == number);

    /// <summary>What <c>mr undo</c> undoes next; null: nothing.</summary>
    public Operation? NextToUndo => Stacks().Undo is [.., var last] ? Find(last) : null;

    /// <summary>What <c>mr redo</c> takes back next; null: nothing, because nothing was undone since the last other operation.</summary>
    public Operation? NextToRedo => Stacks().Redo is [.., var last] ? Find(last) : null;

    /// <summary>Whether an operation was undone and not redone.</summary>
    public IReadOnlySet<long> Undone()
    {
        HashSet<long> undone = [];
        foreach (Operation operation in _operations)
        {
            switch (operation.Relation)
            {
                case OperationRelation.Undo:
                    undone.Add(operation.Target);
                    break;
                case OperationRelation.Redo:
                    undone.Remove(operation.Target);
                    break;
            }
        }

        return undone;
    }

    /// <summary>Whether the last <see cref="Append"/> forgot operations.</summary>
    internal bool WasShortened { get; private set; }

    /// <summary>Notes the state before the first operation, where nothing was ever recorded.</summary>
    internal void Begin(OperationState state)
    {
        if (State is null)
        {
            DurableFile.ReplaceLazily(_path, [.. OperationRecords.Magic, .. OperationRecords.Base(0, state)]);
        }
    }

    /// <summary>
    /// Adds an operation: as one with the last where it is of the same run of a command, or finishes what that left cut. Not synced, because nothing is promised: what a power loss
    /// takes from the log is missed by the next command.
    /// </summary>
    /// <param name="operation">Its number is given here. Its state before is the log's.</param>
    /// <param name="isSynced">Whether it is on the device afterwards: where it names content that is nowhere else.</param>
    internal Operation Append(Operation operation, bool isSynced)
    {
        Operation? last = _operations.Count > 0 ? _operations[^1] : null;
        bool continues = last is not null && (last.Token == operation.Token || last.After.IsCut);
        operation = operation with { Number = continues ? last!.Number : LastNumber + 1 };
        using (FileDescriptor file = DurableFile.Open(_path, OpenFlags.ReadWrite | OpenFlags.Create))
        {
            byte[] record = OperationRecords.Of(operation);
            byte[] bytes = State is null ? [.. OperationRecords.Magic, .. OperationRecords.Base(0, operation.Before), .. record] : record;
            if (PosixFile.GetStatus(file).SizeBytes > _wholeBytes)
            {
                PosixFile.SetLength(file, _wholeBytes);
            }

            PosixFile.WriteAt(file, bytes, _wholeBytes);
            if (isSynced)
            {
                PosixFile.Sync(file);
            }

            _wholeBytes += bytes.Length;
        }

        Add(operation);
        Shorten(operation.TimeMs);
        return operation;
    }

    private void Read(ReadOnlySpan<byte> bytes)
    {
        int offset = OperationRecords.Magic.Length;
        OperationState state = OperationState.Empty;
        while (offset < bytes.Length && OperationRecords.TryRead(bytes[offset..], ref state, out long number, out Operation? operation) is > 0 and int length)
        {
            if (operation is not null)
            {
                Add(operation);
            }

            (State, LastNumber) = (state, number);
            offset += length;
            _wholeBytes = offset;
        }
    }

    private void Add(Operation operation)
    {
        if (_numbers.Add(operation.Number))
        {
            _operations.Add(operation);
        }
        else
        {
            _operations[^1] = _operations[^1].Then(operation);
        }

        (State, LastNumber) = (operation.After, operation.Number);
        _records++;
    }

    // Drops what is over the limits, once that is enough to be worth a new file.
    private void Shorten(long nowMs)
    {
        long ageMaxMs = (long)AgeMax.TotalMilliseconds;
        if (_records <= OperationsMax + (OperationsMax / SlackShare) && _operations[0].TimeMs >= nowMs - ageMaxMs - (ageMaxMs / SlackShare))
        {
            return;
        }

        int first = Math.Max(0, _operations.Count - OperationsMax);
        while (first < _operations.Count - 1 && _operations[first].TimeMs < nowMs - ageMaxMs)
        {
            first++;
        }

        MemoryStream fresh = new();
        fresh.Write(OperationRecords.Magic);
        fresh.Write(OperationRecords.Base(_operations[first].Number - 1, _operations[first].Before));
        foreach (Operation kept in _operations.Skip(first))
        {
            fresh.Write(OperationRecords.Of(kept));
        }

        DurableFile.ReplaceLazily(_path, fresh.ToArray());
        WasShortened = first > 0;
        _operations.RemoveRange(0, first);
        _records = _operations.Count;
        _wholeBytes = fresh.Length;
    }

    // What is done and could be undone, and what is undone and could be redone; the last first to go.
    private (List<long> Undo, List<long> Redo) Stacks()
    {
        List<long> undo = [];
        List<long> redo = [];
        foreach (Operation operation in _operations)
        {
            switch (operation.Relation)
            {
                case OperationRelation.Undo:
                    undo.Remove(operation.Target);
                    redo.Add(operation.Target);
                    break;
                case OperationRelation.Redo:
                    redo.Remove(operation.Target);
                    undo.Add(operation.Target);
                    break;
                default:
                    if (operation.Has(OperationTraits.Elsewhere))
                    {
                        break;
                    }

                    undo.Add(operation.Number);
                    redo.Clear();
                    break;
            }
        }

        return (undo, redo);
    }
}
