namespace Monorepo.Peers.Running;

/// <summary>Folders that are used once. They stay until the benchmark ends: ext4 without a journal looks for a new file's inode past all those that were freed in
/// the last minutes, so that who comes after a deletion pays for it.</summary>
internal static class Scratch
{
    // On a disk with less room than this a used folder goes at once.
    private const long KeepAboveFreeBytes = 16L << 30;

    public static string Create(string parent) => Directory.CreateDirectory(Path.Combine(parent, "scratch", Guid.NewGuid().ToString("N"))).FullName;

    public static void Leave(string folder)
    {
        if (new DriveInfo(folder).AvailableFreeSpace < KeepAboveFreeBytes)
            Directory.Delete(folder, recursive: true);
    }
}
