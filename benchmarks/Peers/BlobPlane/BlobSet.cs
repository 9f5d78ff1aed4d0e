using System.Globalization;
using Monorepo.Core;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.BlobPlane;

/// <summary>Incompressible files of one size, and a git repository that has them all.</summary>
/// <param name="Name">What a case calls it.</param>
/// <param name="Count">Files.</param>
/// <param name="SizeBytes">Of each.</param>
internal sealed record BlobSet(string Name, int Count, int SizeBytes)
{
    /// <summary>The sizes that the blob plane is measured with.</summary>
    public static IReadOnlyList<BlobSet> Measured { get; } = [new("1k", 4_096, 1_024), new("16k", 1_024, 16_384), new("4m", 8, 4 << 20)];

    /// <summary>By its name.</summary>
    public static BlobSet Named(string name) => Measured.First(set => string.Equals(set.Name, name, StringComparison.Ordinal));

    /// <summary>The contents of one, the same at every call.</summary>
    public byte[] Contents(int number)
    {
        byte[] contents = new byte[SizeBytes];
        new Random(unchecked((SizeBytes * 31) + number)).NextBytes(contents);
        return contents;
    }

    public ObjectId[] Ids() => [.. Enumerable.Range(0, Count).Select(number => ObjectHasher.Hash(ObjectKind.Blob, Contents(number)))];

    /// <summary>Makes a bare repository of one commit with every file of every set.</summary>
    public static async Task WriteRepositoryAsync(ProgramRunner runner, string path, IReadOnlyList<BlobSet> sets, CancellationToken cancellationToken)
    {
        await runner.RunAsync("git", Path.GetDirectoryName(path)!, cancellationToken, "init", "-q", "--bare", "--initial-branch=main", path);
        await runner.FeedAsync(
            runner.Prepare("git", path, "-c", "core.compression=0", "fast-import", "--quiet", "--done"),
            stream =>
            {
                using FastImportStream import = new(stream);
                import.Commit("refs/heads/main", "committer Bench <bench@example.com> 1700000000 +0000\n", "Contents", from: 0, merged: 0);
                foreach (BlobSet set in sets)
                {
                    for (int number = 0; number < set.Count; number++)
                        import.File(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{set.Name}/{number % 64}/{number}")), set.Contents(number));
                }
            },
            cancellationToken);
    }
}
