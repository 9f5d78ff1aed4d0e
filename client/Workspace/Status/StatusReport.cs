using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>Collects what a walk finds. The walk goes in path order, so each list comes out sorted.</summary>
internal sealed class StatusReport
{
    private readonly List<StatusEntry> _tracked = [];
    private readonly List<StatusEntry> _untracked = [];
    private readonly List<StatusEntry> _ignored = [];
    private readonly List<StatUpdate> _updates = [];
    private readonly List<UnreadablePath> _unreadable = [];
    private int _unreadableCount;

    /// <summary>For <see cref="CutIgnored"/>.</summary>
    public int IgnoredCount => _ignored.Count;

    public void Add(ReadOnlySpan<byte> path, StatusCode code)
    {
        List<StatusEntry> list = code switch
        {
            StatusCode.Untracked => _untracked,
            StatusCode.Ignored => _ignored,
            _ => _tracked,
        };
        list.Add(new StatusEntry(path.ToArray(), code));
    }

    /// <summary>A tracked file is not there, or something that is no file.</summary>
    public void AddMissing(ITrackedFiles tracked) => Add(tracked.Path, tracked.Id.IsNull ? StatusCode.AddedMissing : StatusCode.Deleted);

    /// <summary>Takes ignored paths back that a line for their whole directory replaces.</summary>
    public void CutIgnored(int count) => _ignored.RemoveRange(count, _ignored.Count - count);

    public void Update(ReadOnlySpan<byte> path, FileStatus? status) => _updates.Add(new StatUpdate(path.ToArray(), status));

    /// <exception cref="PosixException">The failure is not about permission: the system is in trouble and the scan can't be trusted.</exception>
    public void Fail(ReadOnlySpan<byte> path, string operation, Errno errno)
    {
        if (errno is not (Errno.AccessDenied or Errno.NotPermitted))
            throw new PosixException(operation, errno, path);
        _unreadableCount++;
        if (_unreadable.Count < StatusScanner.UnreadableReportedMax)
            _unreadable.Add(new UnreadablePath(path.ToArray(), operation, errno));
    }

    /// <param name="fileCount">Files seen.</param>
    /// <param name="dropped">Paths that the next commit is not to have; some may stand twice.</param>
    public StatusResult ToResult(long fileCount, IEnumerable<byte[]> dropped)
    {
        int found = _tracked.Count;
        _tracked.AddRange(dropped.Distinct(BytesComparer.Instance).Select(static path => new StatusEntry(path, StatusCode.Removed)));
        if (_tracked.Count > found)
            _tracked.Sort(StatusEntry.GitOrder);
        _tracked.EnsureCapacity(_tracked.Count + _untracked.Count + _ignored.Count);
        _tracked.AddRange(_untracked);
        _tracked.AddRange(_ignored);
        return new StatusResult(_tracked, _updates, _unreadable, _unreadableCount, fileCount);
    }
}
