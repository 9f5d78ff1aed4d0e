namespace Monorepo.Admin.Output;

/// <summary>What a data directory takes.</summary>
internal static class DataSize
{
    /// <summary>Bytes of all files below a directory. Files that go away meanwhile count nothing.</summary>
    public static long Measure(string path)
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                // Deleted since it was listed.
            }
        }

        return bytes;
    }
}
