using System.Text;
using Monorepo.Core;
using Monorepo.PathHistory.Building;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.PathHistory.Tests.Building;

public sealed class PathIndexBuilderTests
{
    private static readonly RepositoryName s_name = RepositoryName.Parse("r");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 256, 1 << 20)]
    [InlineData(2, 1, 1)]
    [InlineData(3, 7, 50)]
    [InlineData(4, 64, 300)]
    public async Task It_lists_for_every_path_exactly_the_commits_that_differ_from_their_first_parent(int seed, int commitsMax, int batchChangesMax)
    {
        RandomHistory history = new(seed, commits: 400);
        await using InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(s_name, Cancel);
        await history.FillAsync(repository);
        // A cache of almost nothing: each tree is read when it is needed.
        PathIndexBuilderOptions options = new() { CommitsMax = commitsMax, BatchChangesMax = batchChangesMax, TreeCacheBytesMax = 256 };
        PathIndexBuildResult result = await new PathIndexBuilder(repository, options).CatchUpAsync(null, Cancel);
        Assert.Equal(400, result.Commits);
        Assert.Equal(0, result.TreesMissing);
        Assert.Equal(0, (await new PathIndexBuilder(repository).CatchUpAsync(null, Cancel)).Commits);
        await CompareAsync(history, repository, 400);
    }

    [Fact]
    public async Task Stopped_at_any_read_it_goes_on_from_its_last_batch()
    {
        RandomHistory history = new(11, commits: 300);
        await using InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(s_name, Cancel);
        await history.FillAsync(repository);
        Random random = new(5);
        PathIndexBuilderOptions options = new() { CommitsMax = 9, BatchChangesMax = 40, TreeCacheBytesMax = 256 };
        int stops = 0;
        while (await repository.Paths.GetLengthAsync(Cancel) < 300)
        {
            try
            {
                await new PathIndexBuilder(new StoppingRepository(repository, random.Next(1, 60)), options).CatchUpAsync(null, Cancel);
            }
            catch (StoppedException)
            {
                stops++;
            }
        }

        Assert.True(stops > 3);
        await CompareAsync(history, repository, 300);
    }

    [Fact]
    public async Task Two_at_once_do_no_harm()
    {
        RandomHistory history = new(12, commits: 300);
        await using InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(s_name, Cancel);
        await history.FillAsync(repository);
        PathIndexBuilderOptions options = new() { CommitsMax = 3, BatchChangesMax = 5 };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => new PathIndexBuilder(repository, options).CatchUpAsync(null, Cancel))));
        await CompareAsync(history, repository, 300);
    }

    [Fact]
    public async Task A_tree_that_is_not_stored_is_taken_as_empty()
    {
        RandomHistory history = new(13, commits: 50);
        await using InMemoryEngine full = new();
        await history.FillAsync(await full.CreateAsync(s_name, Cancel));
        ObjectId lost = history.Entries[^1].Body is var body ? Commit.Parse(body).Tree : default;
        await using InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(s_name, Cancel);
        await repository.Objects.PutAsync([.. history.Objects.Where(o => o.Key != lost).Select(o => o.Value)], Cancel);
        await repository.History.AppendAsync(0, history.Entries, Cancel);
        PathIndexBuildResult result = await new PathIndexBuilder(repository).CatchUpAsync(null, Cancel);
        Assert.True(result.TreesMissing > 0);
        Assert.Equal(50, await repository.Paths.GetLengthAsync(Cancel));
    }

    private static async Task CompareAsync(RandomHistory history, IRepository repository, int commits)
    {
        Assert.Equal(commits, await repository.Paths.GetLengthAsync(Cancel));
        foreach (string path in history.AllPaths())
        {
            List<PathChange> expected = [];
            for (int i = commits - 1; i >= 0; i--)
            {
                int[] parents = history.Parents[i];
                string state = history.StateOf(i, path);
                if (state == (parents.Length == 0 ? "" : history.StateOf(parents[0], path)))
                    continue;
                ulong same = 0;
                for (int k = 1; k < parents.Length; k++)
                    same |= history.EntryOf(i, path) == history.EntryOf(parents[k], path) ? 1UL << (k - 1) : 0;
                expected.Add(new PathChange(i, same));
            }

            IReadOnlyList<PathChange> actual = await repository.Paths.ReadAsync(Encoding.ASCII.GetBytes(path), commits, int.MaxValue, Cancel);
            Assert.True(expected.SequenceEqual(actual), $"'{path}': expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
        }
    }

    private sealed class StoppedException : Exception;

    /// <summary>Fails at the given read of objects, as a process that is killed there does no more.</summary>
    private sealed class StoppingRepository(IRepository repository, int reads) : IRepository, IObjectStore
    {
        private int _left = reads;

        public RepositoryName Name => repository.Name;

        public IObjectStore Objects => this;

        public IHistoryLog History => repository.History;

        public IRefStore Refs => repository.Refs;

        public IPathIndex Paths => repository.Paths;

        public ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
            --_left > 0 ? repository.Objects.GetAsync(ids, cancellationToken) : throw new StoppedException();

        public ValueTask<IReadOnlyList<Formats.Objects.ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
