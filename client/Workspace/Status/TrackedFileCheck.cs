using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>Compares a file on disk with its tracked entry of the same path.</summary>
internal sealed class TrackedFileCheck : IDisposable
{
    /// <summary>
    /// A status whose time is closer than this to the scan's start is not recorded: the file may be written again within the same tick of its file system's
    /// clock, unseen. FAT has the coarsest clock, two seconds; elsewhere it is a few milliseconds.
    /// </summary>
    private const long UnsettledNs = 2_000_000_000;

    private readonly StatusReport _report;
    private readonly ContentComparer _contents;
    private readonly long _settledBeforeNs;

    public TrackedFileCheck(StatusReport report, TimeProvider time, CancellationToken cancellationToken)
    {
        _report = report;
        _settledBeforeNs = ((time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100) - UnsettledNs;
        _contents = new ContentComparer(cancellationToken);
    }

    /// <param name="directory">The directory the name is in.</param>
    /// <param name="name">The name as listed.</param>
    /// <param name="tracked">Positioned at the entry.</param>
    public void Check(FileDescriptor directory, ReadOnlySpan<byte> name, ITrackedFiles tracked)
    {
        Errno errno = PosixDirectory.GetStatus(directory, name, out FileStatus status);
        if (errno is Errno.NoEntry or Errno.NotDirectory)
            _report.AddMissing(tracked);
        else if (errno != Errno.None)
            Fail(tracked.Path, "fstatat", errno);
        else if (tracked.Id.IsNull)
            _report.Add(tracked.Path, status.Kind is FileKind.Regular or FileKind.SymbolicLink ? StatusCode.Added : StatusCode.AddedMissing);
        else if (CompareKinds(tracked.Mode.Kind(), status) is { } code)
            Report(code, status, tracked);
        else
            CheckContents(directory, name, status, tracked);
    }

    public void Dispose() => _contents.Dispose();

    private void Fail(ReadOnlySpan<byte> path, string operation, Errno errno)
    {
        _report.Fail(path, operation, errno);
        // It was not looked at, so a recorded status that was racy stays in doubt.
        _report.Update(path, null);
    }

    private void Report(StatusCode code, in FileStatus status, ITrackedFiles tracked)
    {
        _report.Add(tracked.Path, code);
        if (tracked.Compare(status) == StatMatch.Racy)
            _report.Update(tracked.Path, null);
    }

    // Null where the kinds agree and the contents decide.
    private static StatusCode? CompareKinds(EntryKind kind, in FileStatus status)
    {
        if (status.Kind == FileKind.Directory)
            return kind == EntryKind.Submodule ? null : StatusCode.Deleted;
        if ((kind == EntryKind.SymbolicLink) != (status.Kind == FileKind.SymbolicLink) || kind == EntryKind.Submodule)
            return StatusCode.TypeChanged;
        // A pipe or a device is a changed file to git.
        if (status.Kind == FileKind.Special)
            return StatusCode.Modified;
        return status.Kind == FileKind.Regular && (kind == EntryKind.Executable) != status.IsOwnerExecutable ? StatusCode.Modified : null;
    }

    private void CheckContents(FileDescriptor directory, ReadOnlySpan<byte> name, in FileStatus status, ITrackedFiles tracked)
    {
        if (status.Kind == FileKind.Directory)
            return;
        StatMatch match = tracked.Compare(status);
        if (match == StatMatch.Same)
            return;
        if (match == StatMatch.OtherSize)
        {
            _report.Add(tracked.Path, StatusCode.Modified);
            return;
        }

        ContentComparer.Answer answer = _contents.Compare(directory, name, status, tracked.Id, out (string Operation, Errno Errno) failure);
        switch (answer)
        {
            case ContentComparer.Answer.Same:
                RecordUnchanged(match, status, tracked);
                return;
            case ContentComparer.Answer.Vanished:
                _report.Add(tracked.Path, StatusCode.Deleted);
                return;
            case ContentComparer.Answer.Failed:
                Fail(tracked.Path, failure.Operation, failure.Errno);
                _report.Add(tracked.Path, StatusCode.Modified);
                return;
            default:
                Report(StatusCode.Modified, status, tracked);
                return;
        }
    }

    private void RecordUnchanged(StatMatch match, in FileStatus status, ITrackedFiles tracked)
    {
        bool isSettled = status.MtimeNs < _settledBeforeNs && status.CtimeNs < _settledBeforeNs;
        if (isSettled && match == StatMatch.Unknown)
            _report.Update(tracked.Path, status);
        else if (!isSettled && match == StatMatch.Racy)
            _report.Update(tracked.Path, null);
    }
}
