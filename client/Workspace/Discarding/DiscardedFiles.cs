using Monorepo.Formats.Objects;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Discarding;

/// <summary>Gives files of the working copy to whoever keeps them.</summary>
internal static class DiscardedFiles
{
    /// <summary>A file or link, if one is there. What is too large for an object can't be kept.</summary>
    public static void Keep(IDiscardedFiles? discarded, IWorkingFiles files, ReadOnlySpan<byte> path)
    {
        if (discarded is null)
        {
            return;
        }

        using (IWorkingDirectory? directory = files.OpenDirectory(WorkingPath.Split(path, out ReadOnlySpan<byte> name)))
        {
            if (directory?.GetStatus(name) is not { Kind: FileKind.Regular or FileKind.SymbolicLink, SizeBytes: <= ObjectEnvelope.SizeBytesMax })
            {
                return;
            }
        }

        ChangedFile file = ChangedFile.Read(files, path);
        if (file.Mode != FileMode.None)
        {
            discarded.Keep(path, file.Mode, file.Content);
        }
    }
}
