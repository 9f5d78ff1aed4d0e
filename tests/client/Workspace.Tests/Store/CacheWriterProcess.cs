using System.Globalization;
using System.Runtime.CompilerServices;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

/// <summary>This test program, started again as a process that only writes to a cache and prints a line for each batch.</summary>
internal static class CacheWriterProcess
{
    public const int EntriesPerBatch = 20;

    private const string Variable = "MR_TEST_CACHE_WRITER";

    /// <summary>Starts a writer of the objects from <paramref name="first"/> on.</summary>
    public static ChildProcess Start(string directory, int first, int batches) => ChildProcess.Start(Variable, string.Create(CultureInfo.InvariantCulture, $"{first} {batches} {directory}"));

    /// <summary>The options of every writer: packs small enough that they meet at their ends.</summary>
    public static ObjectCacheOptions Options { get; } = new() { PackBytesMax = 32 << 10, SlotsPerPack = 1024, CacheBytesMax = 1 << 30 };

    [ModuleInitializer]
    internal static void RunIfStartedAsWriter()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } text)
        {
            return;
        }

        string[] parts = text.Split(' ', 3);
        int first = int.Parse(parts[0], CultureInfo.InvariantCulture);
        int batches = int.Parse(parts[1], CultureInfo.InvariantCulture);
        bool kept = true;
        using (ObjectCache cache = new(parts[2], Options))
        {
            for (int batch = 0; batch < batches; batch++)
            {
                kept &= cache.Add([.. Enumerable.Range(first + (batch * EntriesPerBatch), EntriesPerBatch).Select(ObjectCacheTests.Entry)]);
                Console.WriteLine(batch);
            }
        }

        Environment.Exit(kept ? 0 : 1);
    }
}
