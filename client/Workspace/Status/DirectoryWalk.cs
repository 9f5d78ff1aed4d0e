using Monorepo.Native.Posix;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Status;

/// <summary>What both halves of a scan share: the place in the tree, one listing per depth, and how directories are opened and read.</summary>
internal sealed class DirectoryWalk(StatusReport report, IProgress<long>? progress, CancellationToken cancellationToken)
{
    /// <summary>Deeper trees are refused: a path of the kernel's longest length can't have more directories.</summary>
    private const int DepthMax = PosixDirectory.PathBytesMax / 2;

    private const int FilesPerReport = 4096;

    private readonly List<DirectoryListing> _listings = [];
    private readonly byte[] _scratch = new byte[DirectoryReader.BufferBytes];

    /// <summary>Where the walk is; directories end in a slash.</summary>
    public PathBuffer Path { get; } = new();

    public long FileCount { get; private set; }

    public void CountFile()
    {
        if (++FileCount % FilesPerReport == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(FileCount);
        }
    }

    /// <summary>Opens the directory at the path by its name. Null where it vanished (no error) or may not be opened (already reported).</summary>
    public FileDescriptor? Open(FileDescriptor parent, ReadOnlySpan<byte> name, out Errno errno)
    {
        errno = PosixDirectory.OpenAt(parent, name, OpenFlags.Directory | OpenFlags.NoFollow, 0, out FileDescriptor? directory);
        if (errno is Errno.NoEntry or Errno.NotDirectory or Errno.SymlinkLoop)
            errno = Errno.None;
        if (errno != Errno.None)
            report.Fail(Path.Span, "openat", errno);
        return directory;
    }

    /// <summary>Lists the directory at the path; the listing is good until the next one of the same depth. Null where it may not be read (already reported).</summary>
    public DirectoryListing? List(FileDescriptor directory, int depth)
    {
        DirectoryListing listing = Listing(depth);
        try
        {
            listing.Fill(directory, _scratch);
            return listing;
        }
        catch (PosixException e) when (e.Errno == Errno.NoEntry)
        {
            listing.Clear();
            return listing;
        }
        catch (PosixException e)
        {
            report.Fail(Path.Span, e.Operation, e.Errno);
            return null;
        }
    }

    /// <summary>As <see cref="List"/> of a directory that holds one name, or nothing.</summary>
    public DirectoryListing ListOnly(ReadOnlySpan<byte> name, FileKind? kind, int depth)
    {
        DirectoryListing listing = Listing(depth);
        listing.Set(name, kind);
        return listing;
    }

    /// <summary>The ignore scope of a directory that was just listed.</summary>
    public IgnoreScope Enter(IgnoreScope parent, FileDescriptor directory, ReadOnlySpan<byte> name, DirectoryListing listing) =>
        parent.Enter(name, parent.IsIgnored(name, isDirectory: true) ? IgnorePatterns.Empty : ReadIgnoreFile(directory, listing));

    /// <summary>The ignore scope of a directory on the way to others; null: it is not there.</summary>
    public IgnoreScope Enter(IgnoreScope parent, FileDescriptor? directory, ReadOnlySpan<byte> name) =>
        parent.Enter(name, directory is null || parent.IsIgnored(name, isDirectory: true) ? IgnorePatterns.Empty : ReadIgnoreFile(directory));

    /// <summary>The directory's own .gitignore; a link of that name is not followed, as in git.</summary>
    public IgnorePatterns ReadIgnoreFile(FileDescriptor directory, DirectoryListing listing)
    {
        int index = listing.Find(".gitignore"u8, isDirectory: false);
        return index < 0 || listing.Kind(index) != FileKind.Regular ? IgnorePatterns.Empty : ReadIgnoreFile(directory);
    }

    /// <inheritdoc cref="ReadIgnoreFile(FileDescriptor, DirectoryListing)"/>
    public IgnorePatterns ReadIgnoreFile(FileDescriptor directory)
    {
        Errno errno = PosixDirectory.OpenAt(directory, ".gitignore"u8, OpenFlags.NoFollow | OpenFlags.NonBlocking, 0, out FileDescriptor? file);
        if (errno is Errno.NoEntry or Errno.SymlinkLoop)
            return IgnorePatterns.Empty;
        if (errno != Errno.None)
        {
            report.Fail([.. Path.Span, .. ".gitignore"u8], "openat", errno);
            return IgnorePatterns.Empty;
        }

        using (file)
        {
            FileStatus status = PosixFile.GetStatus(file!);
            if (status.Kind != FileKind.Regular)
                return IgnorePatterns.Empty;

            // One byte more than is used, so that the parser sees a file that is too long and cuts it at a line.
            long sizeBytes = Math.Min(status.SizeBytes, IgnorePatterns.FileBytesMax + 1L);
            byte[] bytes = new byte[sizeBytes];
            int filled = 0;
            while (filled < bytes.Length && PosixFile.Read(file!, bytes.AsSpan(filled)) is var count and > 0)
                filled += count;
            return IgnorePatterns.Parse(bytes.AsSpan(0, filled));
        }
    }

    private DirectoryListing Listing(int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (depth > DepthMax)
            throw new PosixException("openat", Errno.NameTooLong, Path.Span);
        while (depth >= _listings.Count)
            _listings.Add(new DirectoryListing());
        return _listings[depth];
    }
}
