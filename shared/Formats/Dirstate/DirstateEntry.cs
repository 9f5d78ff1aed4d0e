using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Dirstate;

/// <summary>What the file system said of a file.</summary>
public readonly record struct RecordedStat(long SizeBytes, long MtimeNs, long CtimeNs, ulong Inode)
{
    /// <summary>Whether a change after the status was taken may have left it as it is: the clock had not moved on by the time it was written.</summary>
    internal bool IsRacy(long writtenNs) => Math.Max(MtimeNs, CtimeNs) >= writtenNs;
}

/// <summary>A file of the checked-out commit, or one that the next commit adds; in updates also a path that goes.</summary>
/// <param name="Path">Its path's bytes, with slashes.</param>
/// <param name="Mode">As the commit's tree has it; <see cref="FileMode.None"/>: removed.</param>
/// <param name="Id">Its content; for submodules the commit. Null: the commit has no such path, the next one is to have it.</param>
/// <param name="Stat">Null where nothing is known of the file on disk: its content must be read to compare.</param>
public readonly record struct DirstateEntry(ReadOnlyMemory<byte> Path, FileMode Mode, ObjectId Id, RecordedStat? Stat)
{
    /// <summary>The status was recorded in the tick of the file's last change, so it proves nothing. Not written: it follows from times.</summary>
    public bool IsRacy { get; init; }

    public bool IsRemoved => Mode == FileMode.None;

    /// <summary>The commit has it, and the next one is not to have it any more: a file at the path is none of its files.</summary>
    public bool IsDropped { get; init; }

    /// <summary>The commit does not have it, the next one is to have it.</summary>
    public bool IsAdded => Id.IsNull && !IsRemoved;

    /// <summary>A file that the next commit adds.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="mode">What it is now; a commit looks again.</param>
    public static DirstateEntry Added(ReadOnlyMemory<byte> path, FileMode mode) => new(path, mode, ObjectId.Null, null);

    public static DirstateEntry Removed(ReadOnlyMemory<byte> path) => new(path, FileMode.None, ObjectId.Null, null);

    /// <summary>Whether a file of this status holds the commit's content for certain.</summary>
    public bool Proves(in RecordedStat now) => Stat == now && !IsRacy;
}

/// <summary>Which of a dirstate's states one is.</summary>
/// <param name="Lineage">Another one where the dirstate was lost and made anew; 0: written by version 1, which counted nothing.</param>
/// <param name="Sequence">Grows by one with each update.</param>
public readonly record struct DirstateStamp(ulong Lineage, long Sequence);

/// <summary>Why a file is no dirstate.</summary>
public enum DirstateFault
{
    /// <summary>It ends too early, or bytes are not what was written.</summary>
    Damaged,

    /// <summary>A version that this program does not know.</summary>
    UnknownVersion,
}

public sealed class DirstateFormatException(DirstateFault fault, string message) : IOException(message)
{
    public DirstateFault Fault { get; } = fault;
}
