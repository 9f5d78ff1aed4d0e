using System.Diagnostics;
using System.Globalization;

namespace Monorepo.Peers.Running;

/// <summary>Folders that are used once. They stay until the benchmark ends: ext4 without a journal looks for a new file's inode past all those that were freed in
/// the last minutes, so that who comes after a deletion pays for it.</summary>
internal static class Scratch
{
    private const int ProbeFiles = 1_000;

    // On a disk with less room than this a used folder goes at once.
    private const long KeepAboveFreeBytes = 16L << 30;

    /// <summary>What the folder is on, and how long it takes there to make a file: some 20 us, unless many were deleted in the last minutes.</summary>
    public static string Describe(string folder)
    {
        string probe = Create(folder);
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < ProbeFiles; i++)
        {
            File.Create(Path.Combine(probe, i.ToString(CultureInfo.InvariantCulture))).Dispose();
        }

        double each = Stopwatch.GetElapsedTime(begin).TotalMicroseconds / ProbeFiles;
        return string.Create(CultureInfo.InvariantCulture, $"working copies on {new DriveInfo(folder).DriveFormat}, where making a file takes {each:0} us");
    }

    public static string Create(string parent) => Directory.CreateDirectory(Path.Combine(parent, "scratch", Guid.NewGuid().ToString("N"))).FullName;

    public static void Leave(string folder)
    {
        if (new DriveInfo(folder).AvailableFreeSpace < KeepAboveFreeBytes)
            Directory.Delete(folder, recursive: true);
    }
}
