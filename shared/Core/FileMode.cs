namespace Monorepo.Core;

/// <summary>
/// A tree entry's mode as git stores it (octal in the tree). Old histories hold other permission bits
/// (100664, 100600); they are kept as they are, so that a tree's bytes survive, and <see cref="FileModes.Kind"/> sorts them.
/// </summary>
public enum FileMode
{
    None = 0,
    Directory = 0x4000,     // 040000
    Regular = 0x81A4,       // 100644
    GroupWritable = 0x81B4, // 100664, written by early git
    Executable = 0x81ED,    // 100755
    SymbolicLink = 0xA000,  // 120000
    Submodule = 0xE000,     // 160000
}

/// <summary>What an entry is, whatever its permission bits.</summary>
public enum EntryKind
{
    Unknown,
    Directory,
    File,
    Executable,
    SymbolicLink,
    Submodule,
}

public static class FileModes
{
    private const int TypeMask = 0xF000;
    private const int OwnerExecute = 0x40;

    public static EntryKind Kind(this FileMode mode) => ((int)mode & TypeMask) switch
    {
        0x4000 => EntryKind.Directory,
        0x8000 => ((int)mode & OwnerExecute) != 0 ? EntryKind.Executable : EntryKind.File,
        0xA000 => EntryKind.SymbolicLink,
        0xE000 => EntryKind.Submodule,
        _ => EntryKind.Unknown,
    };

    public static bool IsDirectory(this FileMode mode) => mode.Kind() == EntryKind.Directory;

    /// <summary>True for what has a blob: files and symbolic links.</summary>
    public static bool HasBlob(this FileMode mode) =>
        mode.Kind() is EntryKind.File or EntryKind.Executable or EntryKind.SymbolicLink;

    /// <summary>The kind of the object that the entry names; a submodule names a commit of another repository.</summary>
    public static ObjectKind ObjectKind(this FileMode mode) => mode.Kind() switch
    {
        EntryKind.Directory => Core.ObjectKind.Tree,
        EntryKind.Submodule => Core.ObjectKind.Commit,
        _ => Core.ObjectKind.Blob,
    };

    /// <summary>Git's canonical mode, as <c>git ls-tree</c> and the index know it.</summary>
    public static FileMode Canonical(this FileMode mode) => mode.Kind() switch
    {
        EntryKind.Directory => FileMode.Directory,
        EntryKind.Executable => FileMode.Executable,
        EntryKind.SymbolicLink => FileMode.SymbolicLink,
        EntryKind.Submodule => FileMode.Submodule,
        _ => FileMode.Regular,
    };

    /// <summary>Six octal digits, as git prints modes.</summary>
    public static string ToOctal(this FileMode mode) => Convert.ToString((int)mode, 8).PadLeft(6, '0');
}
