using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Checkout;

/// <summary>Computes what git would call a file or link of the working copy.</summary>
internal static class FileHasher
{
    private const int BufferBytes = 128 << 10;

    /// <summary>What a commit would record; absent where it can't be a file or link of one.</summary>
    public static TreeSide Identify(IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        FileMode mode = status.ToMode();
        return mode != FileMode.None && Hash(directory, name, status) is { } id ? new TreeSide(mode, id) : default;
    }

    /// <summary>The blob id; null where the name is gone, is no file or link, or changed its size while it was read.</summary>
    public static ObjectId? Hash(IWorkingDirectory directory, ReadOnlySpan<byte> name, in FileStatus status)
    {
        if (status.Kind == FileKind.SymbolicLink)
        {
            return directory.ReadLink(name) is { } target ? ObjectHasher.Hash(ObjectKind.Blob, target) : null;
        }

        if (status.Kind != FileKind.Regular)
        {
            return null;
        }

        using IWorkingFile? file = directory.OpenRead(name);
        if (file is null)
        {
            return null;
        }

        long size = file.GetStatus().SizeBytes;
        using ObjectHasher hasher = new();
        hasher.Start(ObjectKind.Blob, size);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long total = 0;
            int count;
            while ((count = file.Read(buffer)) > 0)
            {
                hasher.Append(buffer.AsSpan(0, count));
                total += count;
            }

            ObjectId id = hasher.Finish();
            return total == size ? id : null;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
