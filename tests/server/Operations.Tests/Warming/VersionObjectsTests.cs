using Monorepo.Core;
using Monorepo.Operations.Warming;
using Monorepo.PathHistory.Tests;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.Operations.Tests.Warming;

public sealed class VersionObjectsTests
{
    private const int Commits = 60;

    // The history does not tell of directories with nothing in them.
    private static readonly ObjectId s_emptyTree = ObjectHasher.Hash(ObjectKind.Tree, []);

    [Theory]
    [InlineData(11, 1, 0, "")]
    [InlineData(2, 3, 0, "")]
    [InlineData(3, 1, 10, "")]
    [InlineData(4, 2, 25, "")]
    [InlineData(5, 1, 1_000, "")]
    [InlineData(17, 1, 0, "a/**,b/**,c*")]
    [InlineData(7, 2, 20, "b,c/a*")]
    public async Task It_gives_what_the_tips_have_and_what_the_newest_commits_made(int seed, int tips, int depth, string patterns)
    {
        RandomHistory history = new(seed, Commits, contents: 10_000);
        await using InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(RepositoryName.Parse("demo"), CancellationToken.None);
        await history.FillAsync(repository);
        PathChoice paths = PathChoice.Parse(patterns.Split(',', StringSplitOptions.RemoveEmptyEntries));
        int[] chosen = [.. Enumerable.Range(0, tips).Select(i => Commits - 1 - (7 * i))];
        VersionObjects objects = new(repository, [.. chosen.Select(i => history.Entries[i].Id)], depth, paths);

        HashSet<ObjectId> expected = [.. chosen.SelectMany(i => EntriesOf(history, i, paths).Select(f => f.Id))];
        foreach (int commit in NewestOf(history, chosen, depth))
        {
            HashSet<(string, ObjectId)> before = [.. history.Parents[commit].SelectMany(p => EntriesOf(history, p, paths))];
            expected.UnionWith(EntriesOf(history, commit, paths).Where(f => !before.Contains(f)).Select(f => f.Id));
        }

        Assert.NotEmpty(expected);
        expected.Remove(s_emptyTree);
        for (int round = 0; round < 2; round++)
        {
            List<ObjectId> found = [];
            await foreach (IReadOnlyList<ObjectId> batch in objects.ReadAsync(CancellationToken.None))
                found.AddRange(batch);
            Assert.Equal(expected.Order(), found.Where(id => id != s_emptyTree).Order());
        }
    }

    private static IEnumerable<(string Path, ObjectId Id)> EntriesOf(RandomHistory history, int commit, PathChoice paths) => history.Files[commit]
        .Where(f => f.Value.Mode.HasBlob() && paths.IsMatch(f.Key)).Select(f => (f.Key, f.Value.Id))
        .Concat(history.Directories[commit].Where(d => paths.MayMatchIn(d.Key)).Select(d => (d.Key, d.Value)));

    private static List<int> NewestOf(RandomHistory history, int[] tips, int depth)
    {
        HashSet<int> reachable = [];
        Stack<int> open = new(tips);
        while (open.TryPop(out int commit))
        {
            if (reachable.Add(commit))
                Array.ForEach(history.Parents[commit], open.Push);
        }

        return [.. reachable.OrderDescending().Take(depth)];
    }
}
