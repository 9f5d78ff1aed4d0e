namespace Monorepo.Native.Posix;

/// <summary>Flags of <c>open(2)</c> with their Linux x86-64 values. Every open adds close-on-exec.</summary>
[Flags]
public enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 0x40,
    Exclusive = 0x80,
    Truncate = 0x200,
    Append = 0x400,

    /// <summary>A pipe in a file's place is opened without waiting for its other end.</summary>
    NonBlocking = 0x800,
    Directory = 0x10000,

    /// <summary>Fail with <see cref="Errno.SymlinkLoop"/> when the last component is a symbolic link.</summary>
    NoFollow = 0x20000,
    CloseOnExec = 0x80000,
}
