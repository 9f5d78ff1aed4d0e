using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Dirstate;

public static class RecordedStats
{
    /// <summary>The part of a status that the dirstate keeps.</summary>
    public static RecordedStat ToRecorded(this in FileStatus status) => new(status.SizeBytes, status.MtimeNs, status.CtimeNs, status.Inode);
}
