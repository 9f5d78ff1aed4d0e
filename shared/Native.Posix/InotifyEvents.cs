namespace Monorepo.Native.Posix;

/// <summary>What inotify watches for and tells, with the kernel's values.</summary>
[Flags]
public enum InotifyEvents : uint
{
    None = 0,
    Modify = 0x2,
    Attributes = 0x4,

    /// <summary>A file that was open for writing was closed: the only sign of writes through a memory mapping.</summary>
    CloseWrite = 0x8,
    MovedFrom = 0x40,
    MovedTo = 0x80,
    Create = 0x100,
    Delete = 0x200,
    DeleteSelf = 0x400,
    MoveSelf = 0x800,

    /// <summary>The file system was unmounted.</summary>
    Unmount = 0x2000,

    /// <summary>The queue was full: events were lost.</summary>
    Overflow = 0x4000,

    /// <summary>The watch is gone: its directory was removed, or it was asked for.</summary>
    Ignored = 0x8000,
    OnlyDirectory = 0x0100_0000,

    /// <summary>The name is a directory's.</summary>
    IsDirectory = 0x4000_0000,
}
