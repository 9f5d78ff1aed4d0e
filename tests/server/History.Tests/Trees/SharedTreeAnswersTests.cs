using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History.Trees;
using Monorepo.Rpc;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Tests.Trees;

public sealed class SharedTreeAnswersTests
{
    private const int Calls = 8;

    // Each directory fills a batch, and there are more of them than are kept.
    private const int LargeDirectories = SharedTreeAnswer.KeptBatchesMax + 20;
    private const int EntriesPerDirectory = 3200;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Requests_at_the_same_time_cost_the_store_one_walk()
    {
        GatedStore store = await FillAsync(SmallTree(out GitObject root));
        SharedTreeAnswers answers = new();
        GetTreesRequest request = Request(root);
        Collector alone = new();
        store.Open();
        await answers.WriteAsync(store, request, alone, TestContext.Current.CancellationToken);
        int readsOfOne = store.Reads;
        Assert.True(readsOfOne > 1 && alone.Ids.Count > 1);

        store.Close();
        Collector[] outputs = [.. Enumerable.Range(0, Calls).Select(_ => new Collector())];
        Task[] calls = [.. outputs.Select(o => answers.WriteAsync(store, request, o, TestContext.Current.CancellationToken))];
        store.Open();
        await Task.WhenAll(calls).WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Equal(2 * readsOfOne, store.Reads);
        Assert.All(outputs, o => Assert.Equal(alone.Ids, o.Ids));

        // What has ended is asked anew: nothing stale is kept.
        await answers.WriteAsync(store, request, new Collector(), TestContext.Current.CancellationToken);
        Assert.Equal(3 * readsOfOne, store.Reads);
    }

    [Fact]
    public async Task Different_requests_are_answered_apart()
    {
        GatedStore store = await FillAsync(SmallTree(out GitObject root));
        SharedTreeAnswers answers = new();
        GetTreesRequest shallow = Request(root);
        shallow.Depth = 1;
        Collector whole = new();
        Collector part = new();
        Task[] calls = [answers.WriteAsync(store, Request(root), whole, default), answers.WriteAsync(store, shallow, part, default)];
        store.Open();
        await Task.WhenAll(calls).WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.True(part.Ids.Count > 0 && part.Ids.Count < whole.Ids.Count);
    }

    [Fact]
    public async Task A_slow_call_holds_up_nobody_and_still_gets_everything()
    {
        GatedStore store = await FillAsync(LargeTree(out GitObject root));
        SharedTreeAnswers answers = new();
        Collector slow = new() { Gate = new TaskCompletionSource() };
        Collector fast = new();
        Task slowCall = answers.WriteAsync(store, Request(root), slow, TestContext.Current.CancellationToken);
        Task fastCall = answers.WriteAsync(store, Request(root), fast, TestContext.Current.CancellationToken);
        store.Open();
        await fastCall.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.False(slowCall.IsCompleted);
        Assert.Equal(LargeDirectories + 1, fast.Ids.Count);
        int reads = store.Reads;

        slow.Gate.SetResult();
        await slowCall.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Equal(fast.Ids, slow.Ids);
        Assert.True(store.Reads > reads, "The slow call should have walked by itself.");
    }

    [Fact]
    public async Task A_walk_waits_for_its_fastest_call()
    {
        GatedStore store = await FillAsync(LargeTree(out GitObject root));
        store.Open();
        Collector only = new() { Gate = new TaskCompletionSource() };
        SharedTreeAnswer answer = new();
        using SharedTreeAnswer.Reader reader = answer.TryJoin()!;
        TaskCompletionSource ended = new();
        answer.Start(store, TreeQuery.Parse(Request(root)), ended.SetResult);
        Task call = reader.CopyAsync(only, new SentTrees(), TestContext.Current.CancellationToken);
        await only.Entered.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.False(ended.Task.IsCompleted);
        only.Gate.SetResult();
        await call.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        await ended.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Equal(LargeDirectories + 1, only.Ids.Count);
        Assert.Null(answer.TryJoin());
    }

    [Fact]
    public async Task A_call_that_ends_leaves_the_others_alone()
    {
        GatedStore store = await FillAsync(LargeTree(out GitObject root));
        SharedTreeAnswers answers = new();
        using CancellationTokenSource leaving = new();
        Collector left = new() { Gate = new TaskCompletionSource() };
        Collector stays = new();
        Task leavingCall = answers.WriteAsync(store, Request(root), left, leaving.Token);
        Task stayingCall = answers.WriteAsync(store, Request(root), stays, TestContext.Current.CancellationToken);
        store.Open();
        await left.Entered.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leavingCall);
        await stayingCall.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Equal(LargeDirectories + 1, stays.Ids.Count);
    }

    [Fact]
    public async Task A_walk_that_nobody_waits_for_ends()
    {
        GatedStore store = await FillAsync(LargeTree(out GitObject root));
        store.Open();
        SharedTreeAnswer answer = new();
        SharedTreeAnswer.Reader reader = answer.TryJoin()!;
        TaskCompletionSource ended = new();
        answer.Start(store, TreeQuery.Parse(Request(root)), ended.SetResult);
        reader.Dispose();
        await ended.Task.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.Null(answer.TryJoin());
    }

    [Fact]
    public async Task A_failure_reaches_every_call()
    {
        GatedStore store = await FillAsync(SmallTree(out _));
        SharedTreeAnswers answers = new();
        GetTreesRequest request = Request(GitObject.Blob("never stored"));
        Task[] calls = [.. Enumerable.Range(0, Calls).Select(_ => answers.WriteAsync(store, request, new Collector(), TestContext.Current.CancellationToken))];
        store.Open();
        foreach (Task call in calls)
        {
            RpcException e = await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(s_patience, TestContext.Current.CancellationToken));
            Assert.Equal(RpcStatusCode.NotFound, e.StatusCode);
        }
    }

    private static GetTreesRequest Request(GitObject root) => new() { Repository = "r", Roots = { root.RawId } };

    private static GitObject[] SmallTree(out GitObject root)
    {
        GitObject file = GitObject.Blob("x\n");
        GitObject leaf = GitObject.Tree(("f", file));
        GitObject middle = GitObject.Tree(("leaf", leaf), ("g", file));
        GitObject upper = GitObject.Tree(("m", middle));
        root = GitObject.Tree(("a", upper));
        return [file, leaf, middle, upper, root];
    }

    // Made once: it is some ten megabytes of hashing.
    private static readonly Lazy<GitObject[]> s_large = new(MakeLargeTree);

    private static GitObject[] LargeTree(out GitObject root)
    {
        root = s_large.Value[^1];
        return s_large.Value;
    }

    private static GitObject[] MakeLargeTree()
    {
        Random random = new(3);
        byte[] noise = new byte[90];
        GitObject file = GitObject.Blob("x\n");
        GitObject[] directories = new GitObject[LargeDirectories];
        for (int i = 0; i < directories.Length; i++)
        {
            directories[i] = GitObject.Tree([.. Enumerable.Range(0, EntriesPerDirectory).Select(_ =>
            {
                random.NextBytes(noise);
                return (Convert.ToHexString(noise), file);
            }).OrderBy(e => e.Item1, StringComparer.Ordinal)]);
        }

        return [file, .. directories, GitObject.Tree([.. directories.Select((d, i) => ($"d{i:000}", d))])];
    }

    private static async Task<GatedStore> FillAsync(GitObject[] objects)
    {
        InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(RepositoryName.Parse("r"), TestContext.Current.CancellationToken);
        await repository.Objects.PutAsync([.. objects.Select(o => new NewObject(o.Id, o.Entry.Envelope.Memory))], TestContext.Current.CancellationToken);
        return new GatedStore(repository.Objects);
    }

    /// <summary>Counts reads of bodies; the first question of each walk waits until it is opened.</summary>
    private sealed class GatedStore(IObjectStore inner) : IObjectStore
    {
        private TaskCompletionSource _open = new();
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public void Open() => _open.TrySetResult();

        public void Close() => _open = new TaskCompletionSource();

        public async ValueTask<Storage.ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            return await inner.GetAsync(ids, cancellationToken);
        }

        public async ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
        {
            await _open.Task.WaitAsync(cancellationToken);
            return await inner.GetHeadersAsync(ids, cancellationToken);
        }

        public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) => inner.ContainsAsync(ids, cancellationToken);

        public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) => inner.PutAsync(objects, cancellationToken);
    }

    /// <summary>A client that takes batches, once its gate is open.</summary>
    private sealed class Collector : IRpcStreamWriter<ObjectBatch>
    {
        public List<ByteString> Ids { get; } = [];

        public TaskCompletionSource? Gate { get; init; }

        public TaskCompletionSource Entered { get; } = new();

        public async ValueTask WriteAsync(ObjectBatch message, CancellationToken cancellationToken = default)
        {
            Entered.TrySetResult();
            if (Gate is not null)
            {
                await Gate.Task.WaitAsync(cancellationToken);
            }

            Ids.AddRange(message.Objects.Select(o => o.Id));
        }
    }
}
