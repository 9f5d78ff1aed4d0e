using Monorepo.Native.Posix;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Status;

/// <summary>What an untracked directory holds; the largest value of its contents decides.</summary>
internal enum UntrackedContent
{
    Nothing,
    Ignored,
    Untracked,
}

/// <summary>Looks into directories without tracked files, only as far as their one line of the status needs it.</summary>
internal sealed class UntrackedWalk(DirectoryWalk walk, StatusReport report, bool includeIgnored, bool expand = false)
{
    /// <summary>Whether the files of the directory visited last were reported one by one, so that the directory itself is not.</summary>
    public bool WasListed { get; private set; }

    /// <summary>
    /// Finds what the directory at the walk's path holds. Ignored paths inside are reported if they are wanted and the directory has others too;
    /// the directory itself is the caller's to report. The walk's path is left as it was.
    /// </summary>
    public UntrackedContent Visit(FileDescriptor parent, ReadOnlySpan<byte> name, IgnoreScope scope, int depth)
    {
        WasListed = false;
        bool isIgnored = scope.IsIgnored(name, isDirectory: true);
        if (isIgnored && !includeIgnored)
            return UntrackedContent.Ignored;
        using FileDescriptor? directory = walk.Open(parent, name, out _);
        if (directory is null)
            return UntrackedContent.Nothing;
        if (IsRepository(directory))
            return isIgnored ? UntrackedContent.Ignored : UntrackedContent.Untracked;
        DirectoryListing? listing = walk.List(directory, depth);
        return listing is null ? UntrackedContent.Nothing : VisitContents(directory, listing, walk.Enter(scope, directory, name, listing), depth);
    }

    private UntrackedContent VisitContents(FileDescriptor directory, DirectoryListing listing, IgnoreScope scope, int depth)
    {
        PathBuffer path = walk.Path;
        int prefix = path.Length;
        int ignoredBefore = report.IgnoredCount;
        UntrackedContent most = UntrackedContent.Nothing;
        for (int i = 0; i < listing.Count; i++)
        {
            FileKind kind = listing.Kind(i);
            if (kind == FileKind.Special)
                continue;
            path.Set(prefix, listing.Name(i), kind == FileKind.Directory);
            UntrackedContent content = kind == FileKind.Directory
                ? Visit(directory, listing.Name(i), scope, depth + 1)
                : VisitFile(scope, listing.Name(i));
            if (expand && content == UntrackedContent.Untracked && (kind != FileKind.Directory || !WasListed))
                report.Add(path.Span, StatusCode.Untracked);
            if (content == UntrackedContent.Ignored && includeIgnored && !scope.IsIgnoredItself)
                report.Add(path.Span, StatusCode.Ignored);
            if (content > most)
                most = content;
            // More can't change the answer: nothing in an ignored directory is listed by itself, and without ignored paths one file is enough.
            if (scope.IsIgnoredItself ? most == UntrackedContent.Ignored : most == UntrackedContent.Untracked && !includeIgnored && !expand)
                break;
        }

        path.Truncate(prefix);
        if (most == UntrackedContent.Ignored)
            report.CutIgnored(ignoredBefore);
        WasListed = expand && most == UntrackedContent.Untracked;
        return most;
    }

    private UntrackedContent VisitFile(IgnoreScope scope, ReadOnlySpan<byte> name)
    {
        walk.CountFile();
        return scope.IsIgnored(name, isDirectory: false) ? UntrackedContent.Ignored : UntrackedContent.Untracked;
    }

    // A ".git" that is a file points to a repository elsewhere; an empty directory of that name is none.
    private static bool IsRepository(FileDescriptor directory)
    {
        if (PosixDirectory.GetStatus(directory, ".mr"u8, out FileStatus own) == Errno.None && own.Kind == FileKind.Directory)
            return true;
        return PosixDirectory.GetStatus(directory, ".git"u8, out FileStatus git) == Errno.None
            && (git.Kind == FileKind.Regular || PosixDirectory.GetStatus(directory, ".git/HEAD"u8, out _) == Errno.None);
    }
}
