using Monorepo.Formats.Dirstate;
using Monorepo.Formats.Objects;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Commits;

/// <summary>A file or link of the working copy as a commit would hold it.</summary>
/// <param name="Mode"><see cref="FileMode.None"/> where there is no file or link.</param>
/// <param name="Content">The content; a link's target.</param>
/// <param name="Stat">What the file system said of it; null where it changed while it was read.</param>
internal readonly record struct ChangedFile(FileMode Mode, ReadOnlyMemory<byte> Content, RecordedStat? Stat)
{
    // A file that changes each time it is read is taken as it was the last time.
    private const int AttemptsMax = 3;

    /// <exception cref="IOException">It is no regular file, can't be read, or is too large for an object.</exception>
    public static ChangedFile Read(IWorkingFiles files, ReadOnlySpan<byte> path)
    {
        for (int attempt = 1; ; attempt++)
        {
            using IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name));
            if (directory?.GetStatus(name) is not { } status || status.Kind == FileKind.Directory)
            {
                return default;
            }

            if (status.Kind == FileKind.Special)
            {
                throw new IOException($"'{System.Text.Encoding.UTF8.GetString(path)}' is neither a file nor a link: it can't be committed.");
            }

            byte[]? content = status.Kind == FileKind.SymbolicLink ? directory.ReadLink(name) : ReadFile(directory, name, status.SizeBytes);
            bool isSettled = content is not null && directory.GetStatus(name) is { } after && after == status;
            if (content is not null && (isSettled || attempt == AttemptsMax))
            {
                return new ChangedFile(status.ToMode(), content, isSettled ? status.ToRecorded() : null);
            }

            if (attempt == AttemptsMax)
            {
                return default;
            }
        }
    }

    private static byte[]? ReadFile(IWorkingDirectory directory, ReadOnlySpan<byte> name, long sizeBytes)
    {
        using IWorkingFile? file = directory.OpenRead(name);
        if (file is null)
        {
            return null;
        }

        if (sizeBytes > ObjectEnvelope.SizeBytesMax)
        {
            throw new IOException($"'{System.Text.Encoding.UTF8.GetString(name)}' has {sizeBytes} bytes; a file in a commit has at most {ObjectEnvelope.SizeBytesMax}.");
        }

        byte[] content = GC.AllocateUninitializedArray<byte>((int)sizeBytes);
        int filled = 0;
        while (filled < content.Length && file.Read(content.AsSpan(filled)) is var count and > 0)
        {
            filled += count;
        }

        return filled == content.Length ? content : content[..filled];
    }
}
