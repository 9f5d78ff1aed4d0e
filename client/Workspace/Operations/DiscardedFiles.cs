using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Operations;

/// <summary>What the holder of the clone's lock discards. Nothing is opened until something is kept.</summary>
internal sealed class DiscardedFiles(ClonePaths paths, string command) : IDiscardedFiles, IDisposable
{
    /// <summary>As much is kept of what one operation discards: enough for anybody's edits, and no build's output by accident.</summary>
    public const long OperationBytesMax = 256L << 20;

    private readonly SortedDictionary<byte[], TreeSide> _sides = new(BytesComparer.Instance);
    private readonly HashSet<byte[]> _known = new(BytesComparer.Instance);
    private readonly List<NotKeptFile> _notKept = [];
    private LocalStore? _store;
    private LocalBatch? _batch;
    private long _bytes;

    /// <summary>Told the commit of each promise.</summary>
    public Action<ObjectId>? OnPromised { get; init; }

    /// <summary>At most so much; another number in tests.</summary>
    public long BytesMax { get; init; } = OperationBytesMax;

    public IReadOnlyList<NotKeptFile> NotKept => _notKept;

    public bool Keep(ReadOnlySpan<byte> path, FileMode mode, ReadOnlySpan<byte> content)
    {
        if (content.Length > BytesMax - _bytes)
        {
            Refuse(path, content.Length);
            return false;
        }

        if (_known.Add(path.ToArray()))
        {
            _bytes += content.Length;
            _sides[path.ToArray()] = new TreeSide(mode.Canonical(), Batch().Add(ObjectKind.Blob, content));
        }

        return true;
    }

    public void KeepAbsence(ReadOnlySpan<byte> path)
    {
        if (_known.Add(path.ToArray()))
        {
            _sides[path.ToArray()] = default;
        }
    }

    public void Refuse(ReadOnlySpan<byte> path, long sizeBytes)
    {
        if (_known.Add(path.ToArray()))
        {
            _notKept.Add(new NotKeptFile(path.ToArray(), sizeBytes));
        }
    }

    public void Promise()
    {
        if (_sides.Count == 0)
        {
            return;
        }

        ObjectId kept = KeptFiles.Write(Batch(), _sides, command, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        Batch().Promise();
        Close();
        _sides.Clear();
        OnPromised?.Invoke(kept);
    }

    public void Dispose() => Close();

    private LocalBatch Batch()
    {
        _store ??= LocalStore.Open(paths.Kept);
        return _batch ??= _store.Begin();
    }

    private void Close()
    {
        _batch?.Dispose();
        _store?.Dispose();
        (_batch, _store) = (null, null);
    }
}
