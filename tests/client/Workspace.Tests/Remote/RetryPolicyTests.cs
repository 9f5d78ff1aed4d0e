using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Remote;

public sealed class RetryPolicyTests
{
    [Fact]
    public void Waits_double_up_to_a_limit_and_are_spread()
    {
        double[] longest = [.. Enumerable.Range(0, 9).Select(n => RetryPolicy.WaitOf(n, 0).TotalSeconds)];
        Assert.Equal([0.25, 0.5, 1, 2, 4, 8, 15, 15, 15], longest);
        Assert.All(Enumerable.Range(0, 400), n => Assert.Equal(RetryPolicy.WaitOf(n, 0) / 2, RetryPolicy.WaitOf(n, 1)));
    }

    [Fact]
    public async Task It_asks_again_as_often_as_it_may_and_only_what_may_help()
    {
        List<Retry> told = [];
        RetryPolicy policy = new(3, new HastyTime(), told.Add);
        int asked = 0;
        Task<int> Fail(Exception e) => policy.RunAsync<int>(() => ++asked > 0 ? throw e : Task.FromResult(0), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<RemoteException>(() => Fail(new RemoteException(RemoteError.Unreachable, "away")));
        Assert.Equal(4, asked);
        Assert.Equal([1, 2, 3], told.Select(t => t.Number));
        foreach (Exception final in (Exception[])[new RemoteException(RemoteError.Rejected, "no"), new RemoteException(RemoteError.NotFound, "no"), new BlobTransportException(BlobTransportError.Protocol, "no")])
        {
            asked = 0;
            await Assert.ThrowsAsync(final.GetType(), () => Fail(final));
            Assert.Equal(1, asked);
        }

        asked = 0;
        Assert.Equal(7, await policy.RunAsync(() => ++asked < 3 ? throw new BlobTransportException(BlobTransportError.PeerLost, "away") : Task.FromResult(7), TestContext.Current.CancellationToken));
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Contents_come_from_a_server_that_comes_back_each_once()
    {
        using TempDirectory directory = new();
        using ObjectCache cache = new(directory.File("cache"));
        FlakyRemote remote = new(failures: 3);
        ObjectId[] ids = [.. Enumerable.Range(0, 5_000).Select(i => remote.Inner.Add(ObjectKind.Blob, BitConverter.GetBytes(i)))];
        List<ObjectId> received = [];
        await new ObjectSource(cache, null, remote).ReceiveManyAsync(ids, item =>
        {
            lock (received)
            {
                received.Add(item.Id);
            }

            return ValueTask.CompletedTask;
        }, TestContext.Current.CancellationToken);
        Assert.Equal(ids.Order(), received.Order());

        // Three answers were lost, and what one of them cancelled beside it may come a second time.
        Assert.InRange(remote.Inner.BlobRequests.Sum(r => r.Length), ids.Length, 2 * ids.Length);
        ObjectsMissingException missing = await Assert.ThrowsAsync<ObjectsMissingException>(() =>
            new ObjectSource(cache, null, new FlakyRemote(failures: 100)).ReceiveManyAsync([ObjectHasher.Hash(ObjectKind.Blob, "none"u8)], static _ => ValueTask.CompletedTask, TestContext.Current.CancellationToken));
        Assert.IsType<BlobTransportException>(missing.InnerException);
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }

    /// <summary>A server that is away for its first answers.</summary>
    private sealed class FlakyRemote(int failures) : IRemoteRepository, IBlobTransport
    {
        public IAsyncEnumerable<Formats.Protos.ReadCommitsResponse> ReadCommitsAsync(CommitsQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        private int _left = failures;

        public FakeRemote Inner { get; } = new();

        public RetryPolicy Retries { get; } = new(5, new HastyTime());

        public RepositoryUrl Url => Inner.Url;

        public FetchStats Stats => Inner.Stats;

        public IBlobTransport Blobs => this;

        public string Name => "flaky";

        public ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken) =>
            Interlocked.Decrement(ref _left) >= 0 ? throw new BlobTransportException(BlobTransportError.PeerLost, "the test lost it") : Inner.GetAsync(repository, ids, options, cancellationToken);

        public Task<Formats.Protos.ListRefsResponse> ListRefsAsync(CancellationToken cancellationToken) => Inner.ListRefsAsync(cancellationToken);

        public IAsyncEnumerable<Formats.Protos.ReadHistoryResponse> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) => Inner.ReadHistoryAsync(query, cancellationToken);

        public IAsyncEnumerable<Formats.Protos.ObjectBatch> GetTreesAsync(TreeQuery query, CancellationToken cancellationToken) => Inner.GetTreesAsync(query, cancellationToken);

        public Task<IReadOnlyList<Formats.Protos.ObjectInfo>> GetObjectInfoAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken) => Inner.GetObjectInfoAsync(ids, cancellationToken);

        public Task<Formats.Protos.PushResponse> PushAsync(IAsyncEnumerable<Formats.Protos.PushRequest> parts, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
