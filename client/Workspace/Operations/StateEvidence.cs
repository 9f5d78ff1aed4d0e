using System.Collections.Immutable;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// Holds a clone's state at one moment without reading more of it than a few small files: the others are held open, and are only appended to or replaced, so that
/// what they said then can be read later. Taken by the holder of the clone's lock.
/// </summary>
internal sealed class StateEvidence : IDisposable
{
    private readonly byte[] _head;
    private readonly SortedDictionary<string, byte[]> _files;
    private readonly HeldFile _local;
    private readonly HeldFile _kept;
    private readonly HeldFile _dirstate;
    private OperationState? _state;

    public StateEvidence(ClonePaths paths)
    {
        _head = File.Exists(paths.Head) ? File.ReadAllBytes(paths.Head) : [];
        _files = UnfinishedWork.Read(paths);
        _local = new HeldFile(Path.Combine(paths.Local, "journal"));
        _kept = new HeldFile(Path.Combine(paths.Kept, "journal"));
        _dirstate = new HeldFile(Path.Combine(paths.State, "dirstate"));
    }

    /// <summary>Without HEAD the first download is not finished: there is nothing to undo yet.</summary>
    public bool IsOfWholeClone => _head.Length > 0;

    /// <summary>Whether it is the same state for certain; false: look closer.</summary>
    public bool IsSameAs(StateEvidence other) =>
        _head.AsSpan().SequenceEqual(other._head)
        && _local.Identity == other._local.Identity && _kept.Identity == other._kept.Identity && _dirstate.Identity == other._dirstate.Identity
        && _files.Count == other._files.Count && _files.All(f => other._files.TryGetValue(f.Key, out byte[]? content) && content.AsSpan().SequenceEqual(f.Value));

    /// <summary>The state. Costs the local journals once.</summary>
    /// <exception cref="CorruptHistoryException">HEAD or a journal is damaged.</exception>
    public OperationState Read() => _state ??= ReadOnce();

    public void Dispose()
    {
        _local.Dispose();
        _kept.Dispose();
        _dirstate.Dispose();
    }

    private OperationState ReadOnce()
    {
        ImmutableSortedDictionary<RefName, ObjectId>.Builder refs = ImmutableSortedDictionary.CreateBuilder<RefName, ObjectId>();
        refs.AddRange(ReadRefs(_local));
        refs.AddRange(ReadRefs(_kept).Where(static r => StashRef.IsStash(r.Key)));
        HeadState head = HeadState.Parse(Encoding.UTF8.GetString(_head));
        if (head.Branch is { } branch && refs.TryGetValue(branch, out ObjectId tip))
        {
            head = head with { Commit = tip };
        }

        return new OperationState(
            head, refs.ToImmutable(), ReadTree(), _files.ToImmutableSortedDictionary(static f => f.Key, static f => (ReadOnlyMemory<byte>)f.Value, StringComparer.Ordinal));
    }

    private static IEnumerable<KeyValuePair<RefName, ObjectId>> ReadRefs(HeldFile journal) =>
        journal.Identity.SizeBytes == 0 ? [] : LocalJournal.Read(journal.Read(0, (int)journal.Identity.SizeBytes), journal.Path).Refs;

    // The tree of the last batch; only headers are read, because the entries may be many.
    private ObjectId? ReadTree()
    {
        if (_dirstate.Identity.SizeBytes == 0)
        {
            return null;
        }

        long offset = DirstateReader.MeasureBase(_dirstate.Read(0, DirstateReader.HeaderBytes));
        ObjectId tree = DirstateReader.TreeOfBase(_dirstate.Read(0, DirstateReader.HeaderBytes));
        while (DirstateBatch.TryMeasure(_dirstate.Read(offset, DirstateBatch.HeaderBytes), out int batchBytes, out ObjectId next) && offset + batchBytes <= _dirstate.Identity.SizeBytes)
        {
            tree = next;
            offset += batchBytes;
        }

        return tree.IsNull ? null : tree;
    }

    /// <summary>A file as it was when it was opened; all zeros where there was none.</summary>
    private sealed class HeldFile : IDisposable
    {
        private readonly FileDescriptor? _file;

        public HeldFile(string path)
        {
            Path = path;
            _file = DurableFile.TryOpen(path, OpenFlags.ReadOnly);
            if (_file is not null)
            {
                Identity = PosixFile.GetStatus(_file).ToRecorded();
            }
        }

        public string Path { get; }

        public RecordedStat Identity { get; }

        /// <summary>From an offset on, what of so many bytes there was.</summary>
        public byte[] Read(long offset, int lengthMax)
        {
            byte[] bytes = new byte[Math.Clamp(Identity.SizeBytes - offset, 0, lengthMax)];
            return bytes.Length == 0 || DurableFile.TryReadAt(_file!, bytes, offset) ? bytes : throw new CorruptHistoryException($"'{Path}' is shorter than it was.");
        }

        public void Dispose() => _file?.Dispose();
    }
}
