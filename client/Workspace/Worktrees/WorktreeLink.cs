using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Worktrees;

/// <summary>Where a working copy's store is; the file <c>store</c> in <c>.mr</c>.</summary>
/// <param name="Store">Its path.</param>
/// <param name="Name">The working copy's in it.</param>
internal sealed record WorktreeLink(string Store, string Name)
{
    private const string FileName = "store";

    /// <summary>Null: the working copy has its own store.</summary>
    /// <exception cref="CloneException"><see cref="CloneError.Damaged"/>.</exception>
    public static WorktreeLink? Read(ClonePaths paths)
    {
        string path = PathIn(paths);
        if (!File.Exists(path))
        {
            return null;
        }

        return File.ReadAllText(path).Split('\n') is [['/', ..] store, { Length: > 0 } name, ""]
            ? new WorktreeLink(store, name)
            : throw new CloneException(CloneError.Damaged, $"'{path}' is damaged: it says which clone this working copy belongs to. Its first line is the path of that clone's '.mr', its second a name in 'worktrees' there.");
    }

    public void Save(ClonePaths paths) => DurableFile.Replace(PathIn(paths), Encoding.UTF8.GetBytes($"{Store}\n{Name}\n"));

    /// <summary>Sees to it that the store knows the working copy: one that was moved is entered anew. Costs two small reads.</summary>
    /// <exception cref="CloneException"><see cref="CloneError.Damaged"/>: the store is not there, or knows another one of its name.</exception>
    public static void Check(ClonePaths paths)
    {
        if (Read(paths) is not { } link)
        {
            return;
        }

        if (!Directory.Exists(link.Store))
        {
            throw new CloneException(CloneError.Damaged, $"The working copy in '{paths.WorkingCopy}' belongs to the clone in '{Path.GetDirectoryName(link.Store)}', which is not there. If that was moved, write its new place into '{PathIn(paths)}'.");
        }

        string entry = Path.Combine(paths.Worktrees, link.Name);
        string? known = File.Exists(entry) ? File.ReadAllText(entry).TrimEnd('\n') : null;
        if (string.Equals(known, paths.WorkingCopy, StringComparison.Ordinal))
        {
            return;
        }

        if (known is not null && Read(new ClonePaths(known)) is { } other && other == link && !IsSame(PathIn(new ClonePaths(known)), PathIn(paths)))
        {
            throw new CloneException(CloneError.Damaged, $"'{paths.WorkingCopy}' is a copy of the working copy in '{known}', and only one of them can be used. Make others with 'mr worktree add'.");
        }

        Directory.CreateDirectory(paths.Worktrees);
        DurableFile.Replace(entry, Encoding.UTF8.GetBytes(paths.WorkingCopy + "\n"));
    }

    private static string PathIn(ClonePaths paths) => Path.Combine(paths.State, FileName);

    // One file by two names, as through a symbolic link.
    private static bool IsSame(string first, string second)
    {
        using FileDescriptor a = DurableFile.Open(first, OpenFlags.ReadOnly);
        using FileDescriptor b = DurableFile.Open(second, OpenFlags.ReadOnly);
        FileStatus one = PosixFile.GetStatus(a);
        FileStatus other = PosixFile.GetStatus(b);
        return one.Device == other.Device && one.Inode == other.Inode;
    }
}
