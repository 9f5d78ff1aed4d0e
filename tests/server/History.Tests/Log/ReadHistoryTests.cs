using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.History.Tests.Log;

public sealed class ReadHistoryTests
{
    [Fact]
    public async Task A_clone_gets_the_head_and_every_commit_in_order()
    {
        await using TestServer server = await TestServer.StartAsync();
        List<GitObject> objects = Chain(5, "short");
        GitObject tag = GitObject.Tag(objects[^1], "v1");
        await server.FillAsync([.. objects, tag], ("refs/heads/main", objects[^1]), ("refs/tags/v1", tag));
        await server.IngestAsync(new IngestRequest { Repository = TestServer.Repository, DefaultBranch = "refs/heads/main" });

        List<ReadHistoryResponse> parts = await server.ReadHistoryAsync();

        HistoryHead head = parts[0].Head;
        Assert.NotEqual(0UL, head.Epoch);
        Assert.Equal(5UL, head.Length);
        Assert.Equal("refs/heads/main", head.Refs.DefaultBranch);
        Assert.Equal(["refs/heads/main", "refs/tags/v1"], head.Refs.Refs.Select(r => r.Name));
        Assert.Equal(["", objects[^1].Id.ToString()], head.Refs.Refs.Select(r => Convert.ToHexStringLower(r.Peeled.Span)));
        Assert.Empty(head.Blobs.Endpoints);
        Assert.Equal(Ids(objects), Commits(parts));
        ListRefsResponse refs = await server.Client.UnaryAsync(HistoryMethods.ListRefs, new ListRefsRequest { Repository = TestServer.Repository });
        Assert.Equal(head.Refs, refs);
    }

    [Fact]
    public async Task A_pull_gets_what_is_after_its_position()
    {
        await using TestServer server = await TestServer.StartAsync();
        List<GitObject> objects = Chain(4, "c");
        await server.FillAsync(objects);
        ulong epoch = (await server.ReadHistoryAsync())[0].Head.Epoch;

        List<ReadHistoryResponse> pull = await server.ReadHistoryAsync(epoch, 3);
        Assert.Equal(Ids(objects)[3..], Commits(pull, [.. objects.Where(o => o.Kind == ObjectKind.Commit).Take(3).Select(o => o.Id)]));
        Assert.Equal(3UL, pull[1].Segment.Position);

        Assert.Single(await server.ReadHistoryAsync(epoch, 4));
    }

    [Fact]
    public async Task Another_epoch_gets_everything_from_the_start()
    {
        await using TestServer server = await TestServer.StartAsync();
        List<GitObject> objects = Chain(3, "c");
        await server.FillAsync(objects);
        ulong epoch = (await server.ReadHistoryAsync())[0].Head.Epoch;

        List<ReadHistoryResponse> parts = await server.ReadHistoryAsync(epoch + 2, 99);
        Assert.Equal(epoch, parts[0].Head.Epoch);
        Assert.Equal(Ids(objects), Commits(parts));
    }

    [Fact]
    public async Task A_position_past_the_log_is_out_of_range()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync(Chain(1, "c"));
        ulong epoch = (await server.ReadHistoryAsync())[0].Head.Epoch;
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.ReadHistoryAsync(epoch, 2));
        Assert.Equal(RpcStatusCode.OutOfRange, e.StatusCode);
    }

    [Fact]
    public async Task Every_ref_of_the_head_lies_below_its_length_while_others_write()
    {
        InMemoryEngine memory = new();
        RacingEngine engine = new(memory);
        await using TestServer server = await TestServer.StartAsync(engine);
        List<GitObject> objects = Chain(3, "c");
        await server.FillAsync(objects.Take(objects.Count - 1), ("refs/heads/main", objects[^2]));

        // While the refs are being read another commit is appended and published.
        IRepository repository = (await memory.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        engine.AfterRefsRead = async () =>
        {
            engine.AfterRefsRead = null;
            await repository.History.AppendAsync(2, [new LogEntry(objects[^1].Id, objects[^1].Body)], default);
            await repository.Refs.UpdateAsync([new Storage.RefChange(RefName.Parse("refs/heads/main"), objects[^2].Id, objects[^1].Id)], null, default);
        };

        List<ReadHistoryResponse> parts = await server.ReadHistoryAsync();
        Assert.Null(engine.AfterRefsRead);
        Assert.Contains(Convert.ToHexStringLower(parts[0].Head.Refs.Refs.Single().Target.Span), Commits(parts));
        Assert.Equal((int)parts[0].Head.Length, Commits(parts).Count);
    }

    [Theory]
    [InlineData("absent", RpcStatusCode.NotFound, "ListRepositories")]
    [InlineData("../up", RpcStatusCode.InvalidArgument, "letters, digits")]
    [InlineData("", RpcStatusCode.InvalidArgument, "letters, digits")]
    public async Task Unknown_repositories_say_what_to_do(string name, RpcStatusCode status, string detail)
    {
        await using TestServer server = await TestServer.StartAsync();
        RpcException e = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.UnaryAsync(HistoryMethods.ListRefs, new ListRefsRequest { Repository = name }));
        Assert.Equal(status, e.StatusCode);
        Assert.Contains(detail, e.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repositories_are_listed_with_their_sizes()
    {
        await using TestServer server = await TestServer.StartAsync();
        List<GitObject> objects = Chain(2, "c");
        await server.FillAsync(objects, ("refs/heads/main", objects[^1]));
        ListRepositoriesResponse list = await server.Client.UnaryAsync(HistoryMethods.ListRepositories, new ListRepositoriesRequest());
        RepositorySummary summary = Assert.Single(list.Repositories);
        Assert.Equal((TestServer.Repository, 2UL, 1UL), (summary.Name, summary.Commits, summary.Refs));
    }

    private static List<GitObject> Chain(int commits, string message)
    {
        GitObject tree = GitObject.Tree();
        List<GitObject> objects = [tree];
        for (int i = 0; i < commits; i++)
        {
            objects.Add(GitObject.Commit(tree, $"{message} {i}", i == 0 ? [] : [objects[^1]]));
        }

        return objects;
    }

    private static List<string> Ids(IEnumerable<GitObject> objects) =>
        [.. objects.Where(o => o.Kind == ObjectKind.Commit).Select(o => o.Id.ToString())];

    /// <summary>The ids of an answer's commits, computed from its segments.</summary>
    /// <param name="parts">The head, then one part for each segment.</param>
    /// <param name="before">The log's commits before the answer.</param>
    private static List<string> Commits(IEnumerable<ReadHistoryResponse> parts, params ObjectId[] before)
    {
        SegmentIds ids = new([.. before]);
        foreach (SegmentPart part in parts.Skip(1).Select(p => p.Segment))
        {
            Assert.Equal((uint)part.Data.Length, part.TotalBytes);
            using SegmentReader reader = SegmentReader.Open(part.Data.Memory);
            reader.Verify(ids, ref ids);
        }

        return [.. ids.Ids.Skip(before.Length).Select(id => id.ToString())];
    }
}

/// <summary>An engine during whose read of refs a test may write.</summary>
internal sealed class RacingEngine(IStorageEngine inner) : IStorageEngine
{
    public Func<Task>? AfterRefsRead { get; set; }

    public async ValueTask<IRepository?> OpenAsync(RepositoryName name, CancellationToken cancellationToken) =>
        await inner.OpenAsync(name, cancellationToken) is { } repository ? new Repository(this, repository) : null;

    public async ValueTask<IRepository> CreateAsync(RepositoryName name, CancellationToken cancellationToken) =>
        new Repository(this, await inner.CreateAsync(name, cancellationToken));

    public ValueTask<IReadOnlyList<RepositoryName>> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Repository(RacingEngine engine, IRepository inner) : IRepository, IRefStore
    {
        public RepositoryName Name => inner.Name;

        public IObjectStore Objects => inner.Objects;

        public IHistoryLog History => inner.History;

        public IRefStore Refs => this;

        public IPathIndex Paths => inner.Paths;

        public async ValueTask<RefSnapshot> ReadAsync(CancellationToken cancellationToken)
        {
            RefSnapshot snapshot = await inner.Refs.ReadAsync(cancellationToken);
            if (engine.AfterRefsRead is { } race)
            {
                await race();
            }

            return snapshot;
        }

        public ValueTask<RefUpdateResult> UpdateAsync(IReadOnlyList<Storage.RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken) =>
            inner.Refs.UpdateAsync(changes, defaultBranch, cancellationToken);

        public ValueTask<RefSnapshot> FindAsync(IReadOnlyList<RefName> names, CancellationToken cancellationToken) =>
            inner.Refs.FindAsync(names, cancellationToken);

        public ValueTask<RefName?> FindClashAsync(IReadOnlyList<RefName> names, IReadOnlySet<RefName> gone, CancellationToken cancellationToken) =>
            inner.Refs.FindClashAsync(names, gone, cancellationToken);

        public ValueTask<IReadOnlyList<RefUpdateResult>> UpdateManyAsync(IReadOnlyList<RefUpdateRequest> updates, CancellationToken cancellationToken) =>
            inner.Refs.UpdateManyAsync(updates, cancellationToken);

        public ValueTask<RefLogPage> ReadLogAsync(long afterOffset, int countMax, int bytesMax, CancellationToken cancellationToken) =>
            inner.Refs.ReadLogAsync(afterOffset, countMax, bytesMax, cancellationToken);

        public Task WaitForUpdateAsync(long afterOffset, CancellationToken cancellationToken) => inner.Refs.WaitForUpdateAsync(afterOffset, cancellationToken);

        public ValueTask<long> TrimLogAsync(long countMax, long? keepFromUnixMilliseconds, CancellationToken cancellationToken) =>
            inner.Refs.TrimLogAsync(countMax, keepFromUnixMilliseconds, cancellationToken);
    }
}
