using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Monorepo.Formats;
using Monorepo.Formats.Protos;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Paths;

/// <summary>A path's history as the server told it.</summary>
/// <param name="Below">It holds every change at positions below this one.</param>
/// <param name="Changes">Those.</param>
internal sealed record KnownPathHistory(long Below, PathHistoryList Changes);

/// <summary>
/// Keeps histories of paths in a folder, a file for each. They are hints: what is damaged or of another epoch is not there, what can't be
/// written is not kept, and the oldest go when there are many. Safe with other processes. Layout in FORMAT.md.
/// </summary>
internal sealed class PathHistoryFiles(string directory)
{
    /// <summary>A file takes about 1 to 24 bytes a change; a history of more changes is not kept.</summary>
    public const int ChangesMax = 65_536;

    public const int FilesMax = 1_024;

    private const int HeaderBytes = 32;
    private const int ChecksumOffset = 8;
    private const int CheckedFrom = 12;

    private static ReadOnlySpan<byte> Magic => "MRPATH1\n"u8;

    public KnownPathHistory? Find(ulong epoch, ReadOnlySpan<byte> path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(FileOf(path));
            return Decode(bytes, epoch, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidProtocolBufferException or RemoteException)
        {
            return null;
        }
    }

    public void Keep(ulong epoch, ReadOnlySpan<byte> path, KnownPathHistory history)
    {
        if (history.Changes.Count > ChangesMax)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(directory);
            DropOldest();
            DurableFile.ReplaceSecretHint(FileOf(path), Encode(epoch, path, history));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            // A full disk, a folder that is read-only, another process that writes the same: it is asked for again.
        }
    }

    private static byte[] Encode(ulong epoch, ReadOnlySpan<byte> path, KnownPathHistory history)
    {
        PathHistoryBlock block = history.Changes.ToBlock(0, history.Below, int.MaxValue);
        byte[] bytes = new byte[HeaderBytes + path.Length + block.CalculateSize()];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(12), epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(20), history.Below);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(28), (ushort)path.Length);
        bytes[30] = history.Changes.HasEntries ? (byte)1 : (byte)0;
        path.CopyTo(bytes.AsSpan(HeaderBytes));
        block.WriteTo(bytes.AsSpan(HeaderBytes + path.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumOffset), Checksum.Compute(bytes.AsSpan(CheckedFrom)));
        return bytes;
    }

    private static KnownPathHistory? Decode(byte[] bytes, ulong epoch, ReadOnlySpan<byte> path)
    {
        if (bytes.Length < HeaderBytes + path.Length || !bytes.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumOffset)) != Checksum.Compute(bytes.AsSpan(CheckedFrom))
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(12)) != epoch
            || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(28)) != path.Length
            || !bytes.AsSpan(HeaderBytes, path.Length).SequenceEqual(path))
        {
            return null;
        }

        PathHistoryList changes = new(bytes[30] == 1);
        changes.Append(PathHistoryBlock.Parser.ParseFrom(bytes.AsSpan(HeaderBytes + path.Length)));
        return new KnownPathHistory(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(20)), changes);
    }

    // A path may have bytes and a length that no file name has. Two of one sum take each other's place; a better hash would load all of OpenSSL for it.
    private string FileOf(ReadOnlySpan<byte> path) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Checksum.Compute(path):x8}"));

    private void DropOldest()
    {
        FileInfo[] files = new DirectoryInfo(directory).GetFiles();
        if (files.Length >= FilesMax)
        {
            foreach (FileInfo old in files.OrderBy(static f => f.LastWriteTimeUtc).Take(files.Length - (FilesMax * 3 / 4)))
            {
                old.Delete();
            }
        }
    }
}
