using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Status;

/// <summary>
/// One scan: the merge of the directory walk with the tracked files. The untracked half is in <see cref="UntrackedWalk"/>; looking at some places only is in the other half of the class.
/// </summary>
internal sealed partial class TreeScan : IDisposable
{
    private readonly ITrackedFiles _tracked;
    private readonly StatusReport _report = new();
    private readonly DirectoryWalk _walk;
    private readonly UntrackedWalk _untracked;
    private readonly TrackedFileCheck _check;
    private readonly bool _includeIgnored;
    private readonly bool _includeEmpty;
    private readonly IReadOnlyList<IgnorePatterns> _fallbacks;
    private bool _hasTracked;

    public TreeScan(ITrackedFiles tracked, StatusOptions options, TimeProvider time, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        _tracked = tracked;
        _includeIgnored = options.IncludeIgnored;
        _includeEmpty = options.IncludeEmptyDirectories;
        _fallbacks = options.IgnoreFallbacks;
        _walk = new DirectoryWalk(_report, progress, cancellationToken);
        _untracked = new UntrackedWalk(_walk, _report, options.IncludeIgnored, options.ExpandUntracked);
        _check = new TrackedFileCheck(_report, time, cancellationToken);
    }

    public StatusResult Run(FileDescriptor top)
    {
        _hasTracked = _tracked.MoveNext();
        DirectoryListing? listing = _walk.List(top, depth: 0)
            ?? throw new PosixException("getdents64", Errno.AccessDenied, "."u8);
        ScanDirectory(top, listing, IgnoreScope.Root(_walk.ReadIgnoreFile(top, listing), _fallbacks), depth: 0);
        return _report.ToResult(_walk.FileCount, _tracked.Dropped);
    }

    public void Dispose() => _check.Dispose();

    private void ScanDirectory(FileDescriptor directory, DirectoryListing listing, IgnoreScope scope, int depth)
    {
        PathBuffer path = _walk.Path;
        int prefix = path.Length;
        for (int i = 0; i < listing.Count; i++)
        {
            FileKind kind = listing.Kind(i);
            path.Set(prefix, listing.Name(i), kind == FileKind.Directory);
            while (_hasTracked && _tracked.Path.SequenceCompareTo(path.Span) < 0)
                PassMissing(listing, prefix);
            if (kind == FileKind.Directory)
                ScanSubdirectory(directory, listing, i, scope, depth);
            else
                ScanFile(directory, listing.Name(i), kind, scope);
        }

        path.Truncate(prefix);
        while (_hasTracked && _tracked.Path.StartsWith(path.Span))
            PassMissing(listing, prefix);
    }

    private void ScanFile(FileDescriptor directory, ReadOnlySpan<byte> name, FileKind kind, IgnoreScope scope)
    {
        if (_hasTracked && _tracked.Path.SequenceEqual(_walk.Path.Span))
        {
            _walk.CountFile();
            _check.Check(directory, name, _tracked);
            _hasTracked = _tracked.MoveNext();
        }
        else if (kind != FileKind.Special)
        {
            _walk.CountFile();
            Report(scope.IsIgnored(name, isDirectory: false) ? UntrackedContent.Ignored : UntrackedContent.Untracked);
        }
    }

    private void ScanSubdirectory(FileDescriptor parent, DirectoryListing listing, int index, IgnoreScope scope, int depth)
    {
        if (listing.IsSubmodule(index))
            return;
        PathBuffer path = _walk.Path;
        if (!_hasTracked || !_tracked.Path.StartsWith(path.Span))
        {
            UntrackedContent content = _untracked.Visit(parent, listing.Name(index), scope, depth + 1);
            if (_includeEmpty && content == UntrackedContent.Nothing)
                content = scope.IsIgnored(listing.Name(index), isDirectory: true) ? UntrackedContent.Ignored : UntrackedContent.Untracked;
            // Git lists no directory that has a tracked file's name.
            if (!listing.IsShadowed(index) && !_untracked.WasListed)
                Report(content);
            return;
        }

        int length = path.Length;
        using FileDescriptor? directory = _walk.Open(parent, listing.Name(index), out Errno errno);
        if (directory is null)
        {
            PassAll(reportDeleted: errno == Errno.None);
            return;
        }

        DirectoryListing? inside = _walk.List(directory, depth + 1);
        if (inside is null)
        {
            PassAll(reportDeleted: false);
            return;
        }

        IgnoreScope insideScope = _walk.Enter(scope, directory, listing.Name(index), inside);
        ScanDirectory(directory, inside, insideScope, depth + 1);
        path.Truncate(length);
    }

    // The current tracked file has no entry of its kind in the listing.
    private void PassMissing(DirectoryListing listing, int prefix)
    {
        ReadOnlySpan<byte> name = _tracked.Path[prefix..];
        int directory = name.Contains((byte)'/') ? -1 : listing.Find(name, isDirectory: true);
        bool isSubmodule = _tracked.Mode.Kind() == EntryKind.Submodule;
        if (directory >= 0)
        {
            listing.IsShadowed(directory) = true;
            listing.IsSubmodule(directory) = isSubmodule;
        }

        if (directory < 0 || !isSubmodule)
            _report.AddMissing(_tracked);
        _hasTracked = _tracked.MoveNext();
    }

    // Steps over all tracked files below the directory at the path.
    private void PassAll(bool reportDeleted)
    {
        while (_hasTracked && _tracked.Path.StartsWith(_walk.Path.Span))
        {
            if (reportDeleted)
                _report.AddMissing(_tracked);
            else
                _report.Update(_tracked.Path, null);
            _hasTracked = _tracked.MoveNext();
        }
    }

    private void Report(UntrackedContent content)
    {
        if (content == UntrackedContent.Untracked)
            _report.Add(_walk.Path.Span, StatusCode.Untracked);
        else if (content == UntrackedContent.Ignored && _includeIgnored)
            _report.Add(_walk.Path.Span, StatusCode.Ignored);
    }
}
