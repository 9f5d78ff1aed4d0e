using Monorepo.Core;
using Monorepo.Native.Posix;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Status;

/// <summary>
/// The files of the checked-out commit, walked in ascending byte order of their full paths, all of them or from place to place. A scan holds one at a
/// time, so the whole list is never in memory on its account. Used from one thread at a time.
/// </summary>
public interface ITrackedFiles
{
    /// <summary>Steps to the next file; false at the end. Before the first call there is no current file.</summary>
    bool MoveNext();

    /// <summary>Goes to the first file whose path is not before a path, in any direction; false: there is none.</summary>
    bool Seek(ReadOnlySpan<byte> path);

    /// <summary>The current path, relative to the top, with slashes. Valid until the next <see cref="MoveNext"/>.</summary>
    ReadOnlySpan<byte> Path { get; }

    FileMode Mode { get; }

    /// <summary>Null: the commit does not have the file, the next one is to.</summary>
    ObjectId Id { get; }

    /// <summary>
    /// Paths passed so far, by whatever steps, that the commit has and the next one is not to have: they are not walked. Some may stand twice.
    /// </summary>
    IReadOnlyCollection<byte[]> Dropped => [];

    /// <summary>How the recorded status of the current file compares with one just taken.</summary>
    StatMatch Compare(in FileStatus status);
}

/// <summary>What a comparison of file statuses proves about the contents.</summary>
public enum StatMatch
{
    /// <summary>No status is recorded, or the recorded one differs at the same size: only the contents can tell.</summary>
    Unknown,

    /// <summary>The file was not written since it was recorded.</summary>
    Same,

    /// <summary>The status is the recorded one, but it was recorded in the same clock tick as the last write: only the contents can tell.</summary>
    Racy,

    /// <summary>Another size than recorded: the contents differ.</summary>
    OtherSize,
}
