using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Dirstate;

/// <summary>
/// The dirstate on disk, mapped into memory. Replaced as a whole by <see cref="Write"/>; an open one keeps showing what it was opened on.
/// </summary>
public sealed class DirstateFile : IDisposable
{
    /// <summary>Larger files are refused: a map this long would not fit a span. About 20 million files.</summary>
    public const long FileBytesMax = int.MaxValue;

    private readonly MappedFile _map;

    private DirstateFile(MappedFile map)
    {
        _map = map;
        Reader = new DirstateReader(map.Memory);
    }

    public DirstateReader Reader { get; }

    /// <summary>Null where there is none: nothing was ever checked out.</summary>
    /// <exception cref="DirstateFormatException">Damaged, or of another version.</exception>
    public static DirstateFile? Open(string path)
    {
        using FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadOnly);
        if (file is null)
        {
            return null;
        }

        long length = PosixFile.GetStatus(file).SizeBytes;
        if (length is 0 or > FileBytesMax)
        {
            throw new DirstateFormatException(DirstateFault.Damaged, $"The dirstate '{path}' has {length} bytes.");
        }

        MappedFile map = new(file, (int)length);
        try
        {
            return new DirstateFile(map);
        }
        catch
        {
            ((IDisposable)map).Dispose();
            throw;
        }
    }

    /// <summary>Replaces the file durably: after a crash there is the old one or the new one. The caller holds the clone's lock.</summary>
    /// <param name="path">Where.</param>
    /// <param name="tree">The tree whose files these are.</param>
    /// <param name="entries">Ascending by path; read once, while writing.</param>
    public static void Write(string path, ObjectId tree, IEnumerable<DirstateEntry> entries)
    {
        string fresh = path + ".new";
        using (FileStream stream = new(fresh, System.IO.FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20))
        {
            // The new file's own time is the file system's clock, after all statuses were taken.
            long nowNs = (File.GetLastWriteTimeUtc(stream.SafeFileHandle) - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
            DirstateWriter writer = new(stream, tree, nowNs);
            foreach (DirstateEntry entry in entries)
            {
                writer.Add(entry);
            }

            writer.Finish();
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    public void Dispose() => ((IDisposable)_map).Dispose();
}
