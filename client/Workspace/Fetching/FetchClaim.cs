using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Fetching;

/// <summary>
/// What this process fetches. Others see how far it is and wait for it until it is disposed. Format of the file, little-endian: <c>MRFETCH1</c>, the number
/// of steps done (8 bytes), the number of keys (4 bytes), the keys (20 bytes each).
/// </summary>
internal sealed class FetchClaim : IDisposable
{
    internal const int StepsOffset = 8;
    internal const int HeaderBytes = 20;

    /// <summary>A larger fetch is not shared: others would read 80 MB to learn of it.</summary>
    internal const int KeysMax = 4 << 20;

    private readonly FileDescriptor? _file;
    private readonly string? _path;
    private long _steps;

    private FetchClaim(IReadOnlyList<ObjectId> keys, string? path, FileDescriptor? file)
    {
        Keys = keys;
        _path = path;
        _file = file;
    }

    internal static ReadOnlySpan<byte> Magic => "MRFETCH1"u8;

    /// <summary>What it is to fetch, in this order.</summary>
    public IReadOnlyList<ObjectId> Keys { get; }

    /// <summary>A claim that nobody else sees.</summary>
    public static FetchClaim Unshared(IReadOnlyList<ObjectId> keys) => new(keys, null, null);

    /// <summary>Writes a claim; the caller holds the turn.</summary>
    /// <exception cref="IOException">The directory can't be written.</exception>
    public static FetchClaim Create(string path, ObjectId[] keys)
    {
        if (keys.Length is 0 or > KeysMax)
        {
            return Unshared(keys);
        }

        FileDescriptor file = DurableFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive);
        try
        {
            // Nobody else knows the name yet.
            _ = PosixFile.TryLockExclusive(file);
            byte[] bytes = new byte[HeaderBytes + (keys.Length * ObjectId.Size)];
            Magic.CopyTo(bytes);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), keys.Length);
            MemoryMarshal.AsBytes(keys.AsSpan()).CopyTo(bytes.AsSpan(HeaderBytes));
            PosixFile.Write(file, bytes);
            return new FetchClaim(keys, path, file);
        }
        catch
        {
            File.Delete(path);
            file.Dispose();
            throw;
        }
    }

    /// <summary>Something more is in the cache.</summary>
    public void Step()
    {
        if (_file is null)
        {
            return;
        }

        Span<byte> steps = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(steps, Interlocked.Increment(ref _steps));
        try
        {
            PosixFile.WriteAt(_file, steps, StepsOffset);
        }
        catch (IOException)
        {
            // Whoever waits looks anyway when its patience or the claim ends.
        }
    }

    public void Dispose()
    {
        if (_path is not null)
        {
            try
            {
                File.Delete(_path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is unlocked in a moment, and then swept up by the next process that looks.
            }
        }

        _file?.Dispose();
    }
}
