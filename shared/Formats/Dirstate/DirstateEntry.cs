using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Dirstate;

/// <summary>What the file system said of a file.</summary>
public readonly record struct RecordedStat(long SizeBytes, long MtimeNs, long CtimeNs, ulong Inode);

/// <summary>A file of the checked-out commit.</summary>
/// <param name="Path">Its path's bytes, with slashes.</param>
/// <param name="Mode">As the commit's tree has it.</param>
/// <param name="Id">Its content; for submodules the commit.</param>
/// <param name="Stat">Null where nothing is known of the file on disk: its content must be read to compare.</param>
public readonly record struct DirstateEntry(ReadOnlyMemory<byte> Path, FileMode Mode, ObjectId Id, RecordedStat? Stat);

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
