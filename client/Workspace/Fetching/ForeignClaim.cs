using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Fetching;

/// <summary>What another process, or another fetch of this one, is fetching. Not thread-safe.</summary>
internal sealed class ForeignClaim : IDisposable
{
    private readonly FileDescriptor _file;

    private ForeignClaim(FileDescriptor file, List<ObjectId> keys)
    {
        _file = file;
        Keys = keys;
    }

    /// <summary>Those of its keys that were asked for, in the order in which they are fetched.</summary>
    public IReadOnlyList<ObjectId> Keys { get; }

    /// <summary>Whether it has ended, however.</summary>
    public bool IsOver => PosixFile.GetStatus(_file).Links == 0 || PosixFile.TryLockExclusive(_file);

    /// <summary>Grows while it fetches.</summary>
    public long Steps
    {
        get
        {
            Span<byte> steps = stackalloc byte[sizeof(long)];
            return DurableFile.TryReadAt(_file, steps, FetchClaim.StepsOffset) ? BinaryPrimitives.ReadInt64LittleEndian(steps) : 0;
        }
    }

    /// <summary>The claim in a file if it is alive and holds any of the keys; a dead one's file is removed. The caller holds the turn.</summary>
    public static ForeignClaim? TryOpen(string path, HashSet<ObjectId> wanted)
    {
        FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadWrite);
        if (file is null)
        {
            return null;
        }

        try
        {
            if (PosixFile.TryLockExclusive(file))
            {
                File.Delete(path);
            }
            else if (ReadKeys(file, wanted) is { Count: > 0 } keys)
            {
                ForeignClaim claim = new(file, keys);
                file = null;
                return claim;
            }

            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    public void Dispose() => _file.Dispose();

    private static List<ObjectId> ReadKeys(FileDescriptor file, HashSet<ObjectId> wanted)
    {
        long size = PosixFile.GetStatus(file).SizeBytes - FetchClaim.HeaderBytes;
        if (size is < 0 or > (long)FetchClaim.KeysMax * ObjectId.Size)
        {
            return [];
        }

        byte[] bytes = new byte[FetchClaim.HeaderBytes + size];
        if (!DurableFile.TryReadAt(file, bytes, 0) || !bytes.AsSpan().StartsWith(FetchClaim.Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)) != size / ObjectId.Size || size % ObjectId.Size != 0)
        {
            return [];
        }

        List<ObjectId> keys = [];
        for (int at = FetchClaim.HeaderBytes; at < bytes.Length; at += ObjectId.Size)
        {
            ObjectId key = new(bytes.AsSpan(at, ObjectId.Size));
            if (wanted.Contains(key))
            {
                keys.Add(key);
            }
        }

        return keys;
    }
}
