using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Tests.Checkout;

namespace Monorepo.Workspace.Tests.Merging;

/// <summary>Merges that people made, made again by us and by git.</summary>
public sealed class RealMergeTests
{
    private const int MergesMax = 60;

    [Theory]
    [InlineData("vfsforgit")]
    [InlineData("watchman")]
    public async Task Merges_of_a_real_history_are_gits(string name)
    {
        string? bundle = RepositoryRoot.Bundle(name);
        if (bundle is null)
        {
            Assert.Skip($"The bundle '{name}' is not beside the repository.");
        }

        string path = Directory.CreateTempSubdirectory("mr-merges-").FullName;
        try
        {
            GitCommand.Run(path, "clone", "-q", "--mirror", bundle, ".");
            GitCommand.Run(path, "branch", "-f", "main", "HEAD");
            string[] merges = Lines(path, "rev-list", "--all", "--min-parents=2", "--max-parents=2", "--parents");
            using RandomTrees objects = new(path);
            List<string> different = [];
            int compared = 0;
            foreach (string merge in merges.Where((_, i) => i % Math.Max(1, merges.Length / MergesMax) == 0))
            {
                string[] commits = merge.Split(' ');
                string[] bases = Lines(path, "merge-base", "--all", commits[1], commits[2]);
                if (bases.Length == 1)
                {
                    compared++;
                    if (await CompareAsync(path, objects, bases[0], commits[1], commits[2]) is { } difference)
                        different.Add(difference);
                }
            }

            Assert.True(different.Count == 0, $"{different.Count} of {compared} differ:\n{string.Join("\n\n", different)}");
            Assert.NotEqual(0, compared);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static async Task<string?> CompareAsync(string path, RandomTrees objects, string fork, string ours, string theirs)
    {
        (int code, byte[] output) = GitCommand.Try(path, "merge-tree", "--write-tree", "-z", "--name-only", ours, theirs);
        string[] parts = Encoding.Latin1.GetString(output).Split('\0');
        ObjectId Tree(string commit) => objects.TreeOf(ObjectId.Parse(commit));
        TreeMergeResult merged = await TreeMerge.MergeAsync(
            new MadeObjects(objects), Tree(fork), Tree(ours), Tree(theirs), new MergeLabels(ours, theirs), DirectoryRenames.Conflict, TestContext.Current.CancellationToken);
        string[] expected = code == 0 ? [] : parts[1..Array.IndexOf(parts, "")];
        string[] found = [.. merged.Conflicts.Select(static c => Encoding.Latin1.GetString(c.Path))];
        return parts[0] == merged.Tree.ToString() && expected.SequenceEqual(found)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{ours} and {theirs}: git {parts[0]} {string.Join(' ', expected)}, we {merged.Tree} {string.Join(' ', found)}");
    }

    private static string[] Lines(string path, params string[] arguments) =>
        Encoding.ASCII.GetString(GitCommand.Run(path, arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
