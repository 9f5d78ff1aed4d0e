using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Status;

/// <content>Looks at some paths and what is below them, by the same rules as at everything.</content>
internal sealed partial class TreeScan
{
    /// <param name="top">The top of the working tree.</param>
    /// <param name="paths">Ascending; none in another.</param>
    public StatusResult Run(FileDescriptor top, IReadOnlyList<byte[]> paths)
    {
        ScanBelow(top, IgnoreScope.Root(_walk.ReadIgnoreFile(top), _fallbacks), paths, 0, paths.Count, depth: 0);
        // A seek passes what lies behind the paths, too.
        HashSet<byte[]> places = new(paths, BytesComparer.Instance);
        return _report.ToResult(_walk.FileCount, _tracked.Dropped.Where(path => IsInOrAt(places, path)));
    }

    private static bool IsInOrAt(HashSet<byte[]> places, ReadOnlySpan<byte> path)
    {
        HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> lookup = places.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (int end = path.Length; end > 0; end = path[..end].LastIndexOf((byte)'/'))
        {
            if (lookup.Contains(path[..end]))
                return true;
        }

        return false;
    }

    // The paths from one to the other are in the directory at the walk's path; null: it is not there.
    private void ScanBelow(FileDescriptor? directory, IgnoreScope scope, IReadOnlyList<byte[]> paths, int from, int to, int depth)
    {
        PathBuffer path = _walk.Path;
        int prefix = path.Length;
        while (from < to)
        {
            ReadOnlySpan<byte> rest = paths[from].AsSpan(prefix);
            int slash = rest.IndexOf((byte)'/');
            if (slash < 0)
            {
                ScanName(directory, rest, scope, depth);
                from++;
            }
            else
            {
                ReadOnlySpan<byte> name = rest[..slash];
                path.Set(prefix, name, isDirectory: true);
                int end = from + 1;
                while (end < to && paths[end].AsSpan().StartsWith(path.Span))
                    end++;
                ScanThrough(directory, name, scope, paths, from, end, depth);
                from = end;
            }

            path.Truncate(prefix);
        }
    }

    private void ScanThrough(FileDescriptor? parent, ReadOnlySpan<byte> name, IgnoreScope scope, IReadOnlyList<byte[]> paths, int from, int to, int depth)
    {
        if (WorkingPath.IsStateName(name))
            return;
        Errno errno = Errno.None;
        using FileDescriptor? directory = parent is null ? null : _walk.Open(parent, name, out errno);

        // What is behind a directory that may not be opened is left out, as in a whole scan.
        if (errno == Errno.None)
            ScanBelow(directory, _walk.Enter(scope, directory, name), paths, from, to, depth + 1);
    }

    private void ScanName(FileDescriptor? directory, ReadOnlySpan<byte> name, IgnoreScope scope, int depth)
    {
        if (WorkingPath.IsStateName(name))
            return;
        PathBuffer path = _walk.Path;
        int prefix = path.Length;
        path.Set(prefix, name, isDirectory: false);
        FileKind? kind = null;
        if (directory is not null)
        {
            Errno errno = PosixDirectory.GetStatus(directory, name, out FileStatus status);
            if (errno == Errno.None)
            {
                kind = status.Kind;
            }
            else if (errno is not (Errno.NoEntry or Errno.NotDirectory))
            {
                _report.Fail(path.Span, "fstatat", errno);
                return;
            }
        }

        DirectoryListing listing = _walk.ListOnly(name, kind, depth);
        _hasTracked = _tracked.Seek(path.Span);
        if (kind is { } file and not FileKind.Directory)
            ScanFile(directory!, name, file, scope);
        else if (_hasTracked && _tracked.Path.SequenceEqual(path.Span))
            PassMissing(listing, prefix);

        path.Set(prefix, name, isDirectory: true);
        _hasTracked = _tracked.Seek(path.Span);
        if (kind == FileKind.Directory)
            ScanSubdirectory(directory!, listing, 0, scope, depth);
        else
            PassAll(reportDeleted: true);
    }
}
