using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Dirstate;

/// <summary>What is kept of a file's status.</summary>
public static class RecordedStats
{
    /// <summary>The part of a status that the dirstate keeps.</summary>
    public static RecordedStat ToRecorded(this in FileStatus status) => new(status.SizeBytes, status.MtimeNs, status.CtimeNs, status.Inode);

    /// <summary>The mode that a commit records; none where it can't be a file or link of one.</summary>
    public static FileMode ToMode(this in FileStatus status) => status.Kind switch
    {
        FileKind.SymbolicLink => FileMode.SymbolicLink,
        FileKind.Regular => status.IsOwnerExecutable ? FileMode.Executable : FileMode.Regular,
        _ => FileMode.None,
    };
}
