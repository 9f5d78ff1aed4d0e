using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.RefLog;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Tests.RefLog;

public sealed class SubscribeTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);
    private static readonly GitObject s_tree = GitObject.Tree();
    private static readonly GitObject s_commit = GitObject.Commit(s_tree, "one");

    [Fact]
    public async Task A_subscriber_gets_what_was_and_then_what_comes()
    {
        await using TestServer server = await StartAsync(updates: 3);
        using RpcServerStreamingCall<RefUpdateBatch> call = Subscribe(server, new SubscribeRequest { AfterOffset = 1 });
        Assert.Equal([2UL, 3UL], await TakeAsync(call, 2));
        await MoveAsync(server, 3);
        RefUpdateEntry entry = (await NextAsync(call)).Updates[0];
        Assert.Equal((4UL, "refs/heads/b3"), (entry.Offset, entry.Moves[0].Name));
        Assert.Equal((s_commit.RawId, 20, 0), (entry.Moves[0].NewTarget, entry.Moves[0].OldTarget.Length, entry.Moves[0].Peeled.Length));
        Assert.True(entry.UnixMilliseconds > 0);
    }

    [Fact]
    public async Task All_subscribers_get_all_updates_in_order_without_gaps()
    {
        await using TestServer server = await StartAsync(updates: 1);
        RpcServerStreamingCall<RefUpdateBatch>[] calls = [.. Enumerable.Range(0, 8).Select(_ => Subscribe(server, new SubscribeRequest()))];
        Task<List<ulong>>[] taken = [.. calls.Select(c => TakeAsync(c, 201))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (int i = 0; i < 50; i++)
            {
                await MoveAsync(server, 1 + (writer * 50) + i);
            }
        }));
        foreach (List<ulong> offsets in await Task.WhenAll(taken))
        {
            Assert.Equal(Enumerable.Range(1, 201).Select(i => (ulong)i), offsets);
        }

        Array.ForEach(calls, c => c.Dispose());
    }

    [Fact]
    public async Task A_reader_until_now_comes_to_an_end()
    {
        await using TestServer server = await StartAsync(updates: 3);
        foreach ((SubscribeRequest request, int count) in new[] { (new SubscribeRequest(), 3), (new SubscribeRequest { AfterOffset = 3 }, 0), (new SubscribeRequest { AfterOffset = 2 }, 1) })
        {
            request.UntilNow = true;
            using RpcServerStreamingCall<RefUpdateBatch> call = Subscribe(server, request);
            int got = 0;
            await foreach (RefUpdateBatch batch in call.ResponseStream)
            {
                got += batch.Updates.Count;
            }

            Assert.Equal(count, got);
        }
    }

    [Fact]
    public async Task Who_is_older_than_what_is_kept_learns_where_it_begins()
    {
        await using TestServer server = await StartAsync(updates: 10);
        await using RefLogTrimmer trimmer = new(server.Engine, _ => new RefLogRetention(4, null), TimeProvider.System, NullLogger<RefLogTrimmer>.Instance);
        await trimmer.TrimAsync(default);
        await AssertOutOfRange(server, new SubscribeRequest { AfterOffset = 5 }, "the earliest is 7");
        await AssertOutOfRange(server, new SubscribeRequest { AfterOffset = 11 }, "past the newest update, 10");
        await AssertOutOfRange(server, new SubscribeRequest { AfterOffset = ulong.MaxValue }, "past the newest update");
        using RpcServerStreamingCall<RefUpdateBatch> kept = Subscribe(server, new SubscribeRequest { AfterOffset = 6 });
        Assert.Equal([7UL, 8UL, 9UL, 10UL], await TakeAsync(kept, 4));
        using RpcServerStreamingCall<RefUpdateBatch> earliest = Subscribe(server, new SubscribeRequest { FromEarliest = true, UntilNow = true });
        Assert.Equal([7UL, 8UL, 9UL, 10UL], await TakeAsync(earliest, 4));

        // By age: all are old in a year, and the newest stays.
        await using RefLogTrimmer later = new(server.Engine, _ => new RefLogRetention(null, TimeSpan.FromDays(30)), new InAYear(), NullLogger<RefLogTrimmer>.Instance);
        await later.TrimAsync(default);
        await AssertOutOfRange(server, new SubscribeRequest { AfterOffset = 8 }, "the earliest is 10");
    }

    [Fact]
    public async Task Without_updates_there_are_heartbeats_for_those_who_ask()
    {
        await using TestServer server = await StartAsync(updates: 1, new NoWait());
        using RpcServerStreamingCall<RefUpdateBatch> call = Subscribe(server, new SubscribeRequest { AfterOffset = 1, HeartbeatMs = 3_600_000 });
        for (int i = 0; i < 3; i++)
        {
            RefUpdateBatch beat = await NextAsync(call);
            Assert.Equal((0, 1UL), (beat.Updates.Count, beat.LatestOffset));
        }
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_subscriptions()
    {
        await using TestServer server = await StartAsync(updates: 1);
        using RpcServerStreamingCall<RefUpdateBatch> call = Subscribe(server, new SubscribeRequest());
        await NextAsync(call);
        server.Subscriptions.Stop();
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => NextAsync(call));
        Assert.Equal(RpcStatusCode.Unavailable, e.StatusCode);
    }

    private static async Task<TestServer> StartAsync(int updates, TimeProvider? time = null)
    {
        TestServer server = await TestServer.StartAsync(time: time);
        await server.FillAsync([s_tree, s_commit]);
        for (int i = 0; i < updates; i++)
        {
            await MoveAsync(server, i);
        }

        return server;
    }

    private static async Task MoveAsync(TestServer server, int number)
    {
        IRepository repository = (await server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        await repository.Refs.UpdateAsync([new Storage.RefChange(RefName.Parse($"refs/heads/b{number}"), null, s_commit.Id)], null, default);
    }

    private static RpcServerStreamingCall<RefUpdateBatch> Subscribe(TestServer server, SubscribeRequest request)
    {
        request.Repository = TestServer.Repository;
        return server.Client.ServerStreaming(HistoryMethods.Subscribe, request);
    }

    private static async Task<RefUpdateBatch> NextAsync(RpcServerStreamingCall<RefUpdateBatch> call)
    {
        Assert.True(await call.ResponseStream.MoveNextAsync().AsTask().WaitAsync(s_deadline));
        return call.ResponseStream.Current;
    }

    private static async Task<List<ulong>> TakeAsync(RpcServerStreamingCall<RefUpdateBatch> call, int count)
    {
        List<ulong> offsets = [];
        while (offsets.Count < count)
        {
            offsets.AddRange((await NextAsync(call)).Updates.Select(u => u.Offset));
        }

        return offsets;
    }

    private static async Task AssertOutOfRange(TestServer server, SubscribeRequest request, string detail)
    {
        using RpcServerStreamingCall<RefUpdateBatch> call = Subscribe(server, request);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => NextAsync(call));
        Assert.Equal(RpcStatusCode.OutOfRange, e.StatusCode);
        Assert.Contains(detail, e.Detail, StringComparison.Ordinal);
    }

    private sealed class InAYear : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(365);
    }

    /// <summary>Timers are due at once, whatever they were set to.</summary>
    private sealed class NoWait : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
