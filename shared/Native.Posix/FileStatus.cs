using System.Runtime.InteropServices;

namespace Monorepo.Native.Posix;

/// <summary>What a directory entry or an inode is.</summary>
public enum FileKind
{
    /// <summary>The file system did not say (only in directory listings); ask for the status.</summary>
    Unknown,
    Regular,
    Directory,
    SymbolicLink,

    /// <summary>A device, a pipe or a socket.</summary>
    Special,
}

/// <summary>The parts of <c>struct stat</c> a working copy needs. Times are nanoseconds since the Unix epoch, sizes are bytes.</summary>
public readonly record struct FileStatus(uint Mode, long SizeBytes, long MtimeNs, long CtimeNs, ulong Inode, ulong Device, uint UserId, uint GroupId, ulong Links)
{
    private const uint TypeMask = 0xF000;

    public FileKind Kind => (Mode & TypeMask) switch
    {
        0x8000 => FileKind.Regular,
        0x4000 => FileKind.Directory,
        0xA000 => FileKind.SymbolicLink,
        _ => FileKind.Special,
    };

    /// <summary>The permission bits, without the file type.</summary>
    public uint Permissions => Mode & 0xFFF;

    /// <summary>True when the owner may execute: the only permission bit a tree records.</summary>
    public bool IsOwnerExecutable => (Mode & 0x40) != 0;

    internal static FileStatus From(RawStat raw) => new(
        raw.Mode, raw.SizeBytes, ToNs(raw.MtimeSeconds, raw.MtimeNanoseconds), ToNs(raw.CtimeSeconds, raw.CtimeNanoseconds), raw.Inode, raw.Device, raw.UserId, raw.GroupId, raw.Links);

    // Unchecked on purpose: a time stamp beyond the years 1677..2262 wraps, and a wrapped time still compares equal to itself.
    private static long ToNs(long seconds, long nanoseconds) => unchecked((seconds * 1_000_000_000L) + nanoseconds);
}

/// <summary><c>struct stat</c> as glibc lays it out on x86-64 (144 bytes).</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct RawStat
{
    [FieldOffset(0)] internal ulong Device;
    [FieldOffset(8)] internal ulong Inode;
    [FieldOffset(16)] internal ulong Links;
    [FieldOffset(24)] internal uint Mode;
    [FieldOffset(28)] internal uint UserId;
    [FieldOffset(32)] internal uint GroupId;
    [FieldOffset(48)] internal long SizeBytes;
    [FieldOffset(64)] internal long Blocks;
    [FieldOffset(88)] internal long MtimeSeconds;
    [FieldOffset(96)] internal long MtimeNanoseconds;
    [FieldOffset(104)] internal long CtimeSeconds;
    [FieldOffset(112)] internal long CtimeNanoseconds;
}

/// <summary><c>struct statfs</c> as glibc lays it out on x86-64 (120 bytes).</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct RawFileSystem
{
    internal const long Ext = 0xEF53;
    internal const long Xfs = 0x58465342;
    internal const long Tmpfs = 0x01021994;

    [FieldOffset(0)] internal long Type;
}
