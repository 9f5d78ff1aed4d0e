using System.Collections.Concurrent;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Fetching;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Fetching;

/// <summary>Two commands that fetch the same at once, and what a command may fetch.</summary>
public sealed class SharedFetchTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _directory = new();
    private readonly FakeRemote _first = new();
    private readonly FakeRemote _second = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_another_is_fetching_is_waited_for()
    {
        ObjectId[] ids = AddBlobs(5000);
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim goOn = new();
        _first.OnSend = (_, envelope) =>
        {
            begun.Set();
            goOn.Wait(s_patience, Token);
            return envelope;
        };
        using ObjectCache cache = new(_directory.Path);
        using ObjectCache beside = new(_directory.Path);
        Task<List<GitObject>> first = Task.Run(() => ReadAsync(new ObjectSource(cache, null, _first), ids), Token);
        begun.Wait(s_patience, Token);
        ObjectSource other = new(beside, null, _second);
        Task<List<GitObject>> second = ReadAsync(other, ids[1000..]);
        goOn.Set();
        Assert.Equal(ids.Order(), (await first).Select(o => o.Id).Order());
        Assert.Equal(ids[1000..].Order(), (await second).Select(o => o.Id).Order());
        Assert.Empty(_second.BlobRequests);
        Assert.Equal(4000, other.Stats.Snapshot()[FetchKind.Contents].CacheHits);
    }

    [Fact]
    public async Task What_another_fails_to_fetch_is_fetched()
    {
        ObjectId[] ids = AddBlobs(5000);
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim goOn = new();
        int sent = 0;
        _first.OnSend = (_, envelope) =>
        {
            begun.Set();
            goOn.Wait(s_patience, Token);
            return Interlocked.Increment(ref sent) <= 2500 ? envelope : throw new RemoteException(RemoteError.Unreachable, "the test cut the line");
        };
        using ObjectCache cache = new(_directory.Path);
        using ObjectCache beside = new(_directory.Path);
        Task<List<GitObject>> first = Task.Run(() => ReadAsync(new ObjectSource(cache, null, _first), ids), Token);
        begun.Wait(s_patience, Token);
        Task<List<GitObject>> second = ReadAsync(new ObjectSource(beside, null, _second), ids);
        goOn.Set();
        await Assert.ThrowsAsync<ObjectsMissingException>(() => first);
        Assert.Equal(ids.Order(), (await second).Select(o => o.Id).Order());
        Assert.NotEmpty(_second.BlobRequests);
    }

    [Fact]
    public async Task What_another_brought_between_the_question_and_the_claim_is_not_fetched()
    {
        ObjectId[] ids = AddBlobs(100);
        using ObjectCache cache = new(_directory.Path);
        await ReadAsync(new ObjectSource(cache, null, _first), ids[..60]);
        SharedFetcher fetcher = new(
            new ObjectFetcher(_second, cache, new ObjectMemory(0, 0)), new FetchClaims(_directory.File("fetching")), cache, _second.Stats, TimeProvider.System);
        ConcurrentBag<ObjectId> received = [];
        await fetcher.FetchAsync(ids, item =>
        {
            received.Add(item.Id);
            return ValueTask.CompletedTask;
        }, Token);
        Assert.Equal(ids.Order(), received.Order());
        Assert.Equal(ids[60..], Assert.Single(_second.BlobRequests));

        await fetcher.FetchTreesAsync(new TreeQuery([ids[0]], [], []), () => null, Token);
        Assert.Empty(_second.TreeQueries);
    }

    [Fact]
    public async Task A_fetch_that_is_known_to_be_too_large_does_not_begin()
    {
        ObjectId[] ids = AddBlobs(100);
        long bytes = ids.Select((_, i) => (long)Text(i).Length).Sum();
        using ObjectCache cache = new(_directory.Path);
        _first.Budget = new FetchBudget(bytes - 1);
        FetchBudgetException e = await Assert.ThrowsAsync<FetchBudgetException>(() => ReadAsync(new ObjectSource(cache, null, _first), ids));
        Assert.Equal(bytes, e.BytesNeeded);
        Assert.Empty(_first.BlobRequests);
        await Assert.ThrowsAsync<FetchBudgetException>(async () => await new ObjectSource(cache, null, _first).AffordAsync(() => ids, Token));
        Assert.Empty(_first.BlobRequests);

        _first.Budget = new FetchBudget(bytes);
        Assert.Equal(100, (await ReadAsync(new ObjectSource(cache, null, _first), ids)).Count);
        Assert.Equal(100, (await ReadAsync(new ObjectSource(cache, null, _first), ids)).Count);
    }

    [Fact]
    public async Task A_fetch_of_unknown_size_is_cut_and_what_came_stays()
    {
        ObjectId[] ids = AddBlobs(100);
        using ObjectCache cache = new(_directory.Path);
        _first.Budget = new FetchBudget(50);
        _first.KnowsSizes = false;
        FetchBudgetException e = await Assert.ThrowsAsync<FetchBudgetException>(async () => await new ObjectSource(cache, null, _first).AffordAsync(() => ids, Token));
        Assert.Null(e.BytesNeeded);
        Assert.Equal(100, (await ReadAsync(new ObjectSource(cache, null, null), ids)).Count);
    }

    private static byte[] Text(int i) => Encoding.ASCII.GetBytes($"content {i}");

    private static async Task<List<GitObject>> ReadAsync(ObjectSource source, IReadOnlyCollection<ObjectId> ids)
    {
        List<GitObject> all = [];
        await foreach (GitObject item in source.ReadManyAsync(ids, Token))
        {
            all.Add(item);
        }

        return all;
    }

    private ObjectId[] AddBlobs(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        _first.Add(ObjectKind.Blob, Text(i));
        return _second.Add(ObjectKind.Blob, Text(i));
    })];
}
