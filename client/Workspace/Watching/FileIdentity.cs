using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;

namespace Monorepo.Workspace.Watching;

/// <summary>What tells one state of a file that is replaced or appended to from another, without reading it.</summary>
internal static class FileIdentity
{
    /// <summary>Of each of some files, in a directory or by whole paths; one that is not there is all zeros.</summary>
    public static Formats.Dirstate.RecordedStat[] Of(FileDescriptor directory, IReadOnlyList<string> names)
    {
        Formats.Dirstate.RecordedStat[] found = new Formats.Dirstate.RecordedStat[names.Count];
        for (int i = 0; i < found.Length; i++)
        {
            if (PosixDirectory.GetStatus(directory, Encoding.UTF8.GetBytes(names[i]), out FileStatus status) == Errno.None)
                found[i] = status.ToRecorded();
        }

        return found;
    }
}
