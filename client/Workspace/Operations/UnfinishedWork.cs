using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// The small files in <c>.mr/</c> that say of a command that it waits for the user, such as a merge with conflicts. They are part of an operation's
/// state: undo puts them back as they were. Who adds a command that leaves such a file adds its name here.
/// </summary>
public static class UnfinishedWork
{
    /// <summary>A larger file is not recorded.</summary>
    public const int FileBytesMax = 16 << 20;

    /// <summary>Written before a checkout's first change and deleted after its last: where it is there, an operation was cut. Never put back.</summary>
    public const string CheckoutJournal = "checkout.journal";

    /// <summary>Relative to <c>.mr/</c>; files, not directories.</summary>
    public static IReadOnlyList<string> FileNames { get; } = [OperationFiles.FileName, CheckoutJournal];

    /// <summary>Those that are there, with their contents.</summary>
    internal static SortedDictionary<string, byte[]> Read(ClonePaths paths)
    {
        SortedDictionary<string, byte[]> found = new(StringComparer.Ordinal);
        foreach (string name in FileNames)
        {
            FileInfo file = new(Path.Combine(paths.State, name));
            if (file.Exists && file.Length <= FileBytesMax)
            {
                found.Add(name, File.ReadAllBytes(file.FullName));
            }
        }

        return found;
    }
}
