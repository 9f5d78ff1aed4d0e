using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Dirstate;

/// <summary>
/// One state of the dirstate on disk, its base mapped into memory. It stays as it is while others update the file. Readers take no lock;
/// who calls <see cref="Update"/> holds the clone's. Thread-safe. Rules in Formats/Dirstate/FORMAT.md.
/// </summary>
public sealed class DirstateFile : IDisposable
{
    /// <summary>An overlay grows to one part in so many of its base before they are merged, so each update pays as many times its own bytes.</summary>
    public const int OverlayShare = 8;

    /// <summary>Beside a small base an overlay may have so many bytes all the same.</summary>
    public const int OverlayBytesMin = 256 << 10;

    /// <summary>How often a state is read again that another process is changing.</summary>
    private const int AttemptsMax = 16;

    private readonly string _path;
    private readonly SharedMap _map;
    private readonly FileStatus _status;
    private int _isDisposed;

    private DirstateFile(string path, SharedMap map, FileStatus status, DirstateReader reader)
    {
        _path = path;
        _map = map;
        _status = status;
        Reader = reader;
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

        byte[] header = new byte[DirstateReader.HeaderBytes];
        int headerBytes = (int)Math.Min(header.Length, PosixFile.GetStatus(file).SizeBytes);
        bool isWhole = DurableFile.TryReadAt(file, header.AsSpan(0, headerBytes), 0);
        long baseBytes = DirstateReader.MeasureBase(isWhole ? header.AsSpan(0, headerBytes) : []);
        FileStatus status = PosixFile.GetStatus(file);
        if (status.SizeBytes < baseBytes)
        {
            throw new DirstateFormatException(DirstateFault.Damaged, $"The dirstate '{path}' is damaged: it has {status.SizeBytes} bytes, less than its header says.");
        }

        SharedMap map = new(new MappedFile(file, (int)baseBytes));
        try
        {
            DirstateReader state = new(map.Memory);
            return state.TakesBatches || status.SizeBytes == baseBytes
                ? ReadOn(path, file, map, state)
                : throw new DirstateFormatException(DirstateFault.Damaged, $"The dirstate '{path}' is damaged: it is longer than its header says.");
        }
        catch
        {
            map.Release();
            throw;
        }
    }

    /// <summary>
    /// The state the file has now: this very object where nothing changed, which costs one status; else another, which costs what was appended,
    /// or <see cref="Open"/> where the file was replaced. Null where it is gone. Both are the caller's to dispose.
    /// </summary>
    /// <exception cref="DirstateFormatException">Damaged, or of another version.</exception>
    public DirstateFile? Reopen()
    {
        using FileDescriptor? file = DurableFile.TryOpen(_path, OpenFlags.ReadOnly);
        if (file is null)
        {
            return null;
        }

        FileStatus status = PosixFile.GetStatus(file);
        if (status == _status)
        {
            return this;
        }

        // The mapped file can't have been deleted and another be given its number: it is kept by the map.
        if (status.Inode != _status.Inode || status.Device != _status.Device || status.SizeBytes < Reader.FileBytes || !Reader.TakesBatches)
        {
            return Open(_path);
        }

        _map.Retain();
        try
        {
            return ReadOn(_path, file, _map, Reader);
        }
        catch
        {
            _map.Release();
            throw;
        }
    }

    /// <summary>
    /// Changes the file durably: after a crash there is the old state or the new one. Costs what changes, or, once in a while, what there is.
    /// The caller holds the clone's lock.
    /// </summary>
    /// <param name="path">The file; made where it is not there.</param>
    /// <param name="tree">The tree that is checked out from then on.</param>
    /// <param name="changes">Ascending by path, each once; enumerated up to twice.</param>
    public static void Update(string path, ObjectId tree, IEnumerable<DirstateEntry> changes)
    {
        using DirstateFile? before = Open(path);
        DirstateReader? state = before?.Reader;
        bool takesBatches = state is { TakesBatches: true };
        DirstateBatch? batch = takesBatches ? DirstateBatch.TryEncode(changes, OverlayBytesMax(state!.BaseBytes)) : null;
        if (batch is null)
        {
            DirstateStamp stamp = takesBatches
                ? state!.Stamp with { Sequence = state.Stamp.Sequence + 1 }
                : new DirstateStamp(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1, 1);
            Replace(path, tree, stamp, Merged(state, changes), then: null);
        }
        else if (state!.FileBytes - state.BaseBytes + batch.Bytes > OverlayBytesMax(state.BaseBytes))
        {
            // Who has the state before this update still learns what the update changes.
            Replace(path, state.Tree, state.Stamp, Merged(state, []), handle => Append(handle, RandomAccess.GetLength(handle), batch, tree, state.Stamp.Sequence + 1));
        }
        else
        {
            // Nobody maps what lies behind the base, so a tail can be cut.
            using SafeFileHandle handle = File.OpenHandle(path, System.IO.FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (RandomAccess.GetLength(handle) > state.FileBytes)
            {
                RandomAccess.SetLength(handle, state.FileBytes);
            }

            Append(handle, state.FileBytes, batch, tree, state.Stamp.Sequence + 1);
            RandomAccess.FlushToDisk(handle);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _map.Release();
        }
    }

    private static DirstateFile ReadOn(string path, FileDescriptor file, SharedMap map, DirstateReader from)
    {
        FileStatus status = PosixFile.GetStatus(file);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                byte[] batches = new byte[Math.Max(0, status.SizeBytes - from.FileBytes)];
                int filled = 0;
                for (int count; filled < batches.Length && (count = PosixFile.ReadAt(file, batches.AsSpan(filled), from.FileBytes + filled)) > 0;)
                {
                    filled += count;
                }

                return new DirstateFile(path, map, status, from.Append(batches.AsSpan(0, filled)));
            }
            catch (DirstateFormatException) when (attempt < AttemptsMax && PosixFile.GetStatus(file) is var now && now != status)
            {
                // A batch that was being written was read half, and one after it whole.
                status = now;
            }
        }
    }

    private static long OverlayBytesMax(long baseBytes) => Math.Max(OverlayBytesMin, baseBytes / OverlayShare);

    private static void Replace(string path, ObjectId tree, DirstateStamp stamp, IEnumerable<DirstateEntry> entries, Action<SafeFileHandle>? then)
    {
        string fresh = path + ".new";
        using (FileStream stream = new(fresh, System.IO.FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 20))
        {
            // The new file's own time is the file system's clock, after all statuses were taken.
            DirstateWriter writer = new(stream, tree, stamp, ModifiedNs(stream.SafeFileHandle));
            foreach (DirstateEntry entry in entries)
            {
                writer.Add(entry);
            }

            writer.Finish();
            stream.Flush();
            then?.Invoke(stream.SafeFileHandle);
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
        DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    // The payload first: writing it makes the file tell the time, and without its header it does not count.
    private static void Append(SafeFileHandle handle, long at, DirstateBatch batch, ObjectId tree, long sequence)
    {
        RandomAccess.Write(handle, batch.Payload.Span, at + DirstateBatch.HeaderBytes);
        RandomAccess.Write(handle, new byte[DirstateBatch.HeaderBytes], at);
        RandomAccess.Write(handle, batch.Header(tree, sequence, ModifiedNs(handle)), at);
    }

    private static long ModifiedNs(SafeFileHandle handle) => (File.GetLastWriteTimeUtc(handle) - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static IEnumerable<DirstateEntry> Merged(DirstateReader? state, IEnumerable<DirstateEntry> changes)
    {
        DirstateCursor? old = state?.Open();
        bool hasOld = old?.MoveNext() ?? false;
        foreach (DirstateEntry change in changes)
        {
            while (hasOld && old!.Path.SequenceCompareTo(change.Path.Span) < 0)
            {
                yield return old.Current;
                hasOld = old.MoveNext();
            }

            if (hasOld && old!.Path.SequenceEqual(change.Path.Span))
            {
                hasOld = old.MoveNext();
            }

            if (!change.IsRemoved)
            {
                yield return change;
            }
        }

        while (hasOld)
        {
            yield return old!.Current;
            hasOld = old.MoveNext();
        }
    }
}
