using System.Diagnostics;
using Monorepo.Memcached.Tests.Fakes;
using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

public sealed class NodeFailureTests : RealServers
{
    private static readonly byte[] Key = "key"u8.ToArray();
    private readonly ManualTime _time = new(DateTimeOffset.UnixEpoch.AddYears(60));

    [Fact]
    public async Task A_killed_node_is_a_miss_and_comes_back_after_a_probe()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server), _time);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, new byte[10]));

        await server.KillAsync();
        await MissUntilDownAsync(client);
        Assert.Equal(StoreOutcome.Unavailable, await client.SetAsync(Key, new byte[10]));
        Assert.False(await client.DeleteAsync(Key));

        // Down: nothing is sent before the probe interval has passed, even though the node is back.
        await server.RestartAsync();
        long sent = client.Statistics[0].BytesSent;
        Assert.False((await client.GetAsync(Key)).IsHit);
        Assert.Equal(sent, client.Statistics[0].BytesSent);
        Assert.Equal(NodeState.Down, client.Statistics[0].State);

        await ProbeUntilUpAsync(client);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, new byte[20]));
        Assert.Equal(20, (await client.GetAsync(Key)).Bytes.Length);
    }

    [Fact]
    public async Task A_probe_of_a_dead_node_fails_and_the_next_one_works()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server), _time);
        await server.KillAsync();
        await MissUntilDownAsync(client);

        long errors = client.Statistics[0].ConnectionErrors;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await client.GetAsync(Key)).IsHit);
        await UntilAsync(() => client.Statistics[0].ConnectionErrors > errors && client.Statistics[0].State == NodeState.Down);

        await server.RestartAsync();
        await ProbeUntilUpAsync(client);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, new byte[10]));
    }

    [Fact]
    public async Task Other_nodes_go_on_while_one_is_down()
    {
        MemcachedServer up = await StartAsync(), down = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(up, down));
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, 500).Select(i => (ReadOnlyMemory<byte>)BitConverter.GetBytes(i))];
        await Task.WhenAll(keys.Select(key => client.SetAsync(key, key)));
        await down.KillAsync();
        for (int round = 0; round < 5; round++)
        {
            CacheValue[] values = await client.GetManyAsync(keys);
            for (int i = 0; i < keys.Length; i++)
                Assert.Equal(client.Ring.NodeOf(keys[i].Span) == 0, values[i].IsHit);
        }

        Assert.Equal(0, client.Statistics[0].UnansweredGets);
        Assert.Equal(keys.Count(k => client.Ring.NodeOf(k.Span) == 1) * 5, client.Statistics[1].UnansweredGets);
    }

    [Fact]
    public async Task A_restart_with_nothing_in_flight_costs_no_failure()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server) with { FailuresToOpen = 1, ConnectionsPerNode = 1 });
        await client.SetAsync(Key, new byte[10]);
        await server.KillAsync();
        await server.RestartAsync();
        // The first request may still meet the dying connection; from the second on it is a new one.
        await client.GetAsync(Key);
        if (client.Statistics[0].State == NodeState.Up)
            Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, new byte[10]));
        else
            Assert.Equal(1, client.Statistics[0].ConnectionErrors);
    }

    [Fact]
    public async Task A_stopped_node_times_out_into_misses_and_recovers()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server) with { OperationTimeout = TimeSpan.FromMilliseconds(150) }, _time);
        await WithStopped(server, async () =>
        {
            await MissUntilDownAsync(client);
            Assert.True(client.Statistics[0].Timeouts >= 3);

            // It still accepts connections, so only an answered probe may bring it back.
            long timeouts = client.Statistics[0].Timeouts;
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False((await client.GetAsync(Key)).IsHit);
            await UntilAsync(() => client.Statistics[0].Timeouts > timeouts && client.Statistics[0].State == NodeState.Down);
        });

        await ProbeUntilUpAsync(client);
        await UntilAsync(async () => await client.SetAsync(Key, new byte[10]) == StoreOutcome.Stored && (await client.GetAsync(Key)).IsHit);
    }

    [Fact]
    public async Task Waiting_for_room_in_the_pipeline_ends_with_the_timeout()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server) with
        {
            OperationTimeout = TimeSpan.FromMilliseconds(300),
            ConnectionsPerNode = 1,
            PipelineOperationsMax = 1,
            FailuresToOpen = 1000,
        });
        await client.SetAsync(Key, new byte[10]);
        await WithStopped(server, async () =>
        {
            CacheValue[] values = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.GetAsync(Key)));
            Assert.All(values, v => Assert.False(v.IsHit));
            Assert.Equal(50, client.Statistics[0].UnansweredGets);
        });
    }

    [Fact]
    public async Task An_impatient_caller_does_not_cost_the_others_their_answers()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server) with { ConnectionsPerNode = 1 });
        await client.SetAsync(Key, new byte[10]);
        using var impatience = new CancellationTokenSource();
        Task<CacheValue> patient = Task.FromResult(default(CacheValue));
        await WithStopped(server, async () =>
        {
            Task<CacheValue> cancelled = client.GetAsync(Key, impatience.Token);
            patient = client.GetAsync(Key);
            await impatience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        });
        Assert.Equal(10, (await patient).Bytes.Length);
        Assert.Equal(0, client.Statistics[0].Timeouts);
    }

    [Fact]
    public async Task Disposal_ends_what_is_in_flight_as_misses()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server));
        await client.SetAsync(Key, new byte[10]);
        await WithStopped(server, async () =>
        {
            Task<CacheValue>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => client.GetAsync(Key))];
            client.Dispose();
            Assert.All(await Task.WhenAll(waiting).WaitAsync(Deadline / 2), v => Assert.False(v.IsHit));
        });
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("VA 3 O9 f0\r\nbar\r\nMN\r\n")]
    [InlineData("VA 3 kZm9v b f0\r\nbar\r\nMN\r\n")]
    [InlineData("VA 3 O*** f0\r\nbar\r\nMN\r\n")]
    [InlineData("VA 3 O0 f0\r\nbar\r\nVA 3 O0 f0\r\nbar\r\nMN\r\n")]
    [InlineData("EN\r\nMN\r\n")]
    [InlineData("VA 99999999 O0 f0\r\n")]
    public async Task Nonsense_breaks_the_connection_and_opens_the_breaker(string answer)
    {
        await using var server = new ScriptedServer(answer);
        MemcachedClient client = Connect(new MemcachedOptions { Nodes = [server.Endpoint], OperationTimeout = Deadline }, _time);
        for (int i = 1; i <= 3; i++)
        {
            CacheValue value = await client.GetAsync(Key);
            Assert.True(!value.IsHit || value.Bytes.Span.SequenceEqual("bar"u8));
            Assert.Equal(i, client.Statistics[0].ProtocolErrors);
        }

        Assert.Equal(NodeState.Down, client.Statistics[0].State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("VA 3 O0 f0\r\nba")]
    [InlineData("VA 3 O0")]
    [InlineData("M")]
    public async Task A_connection_that_ends_inside_an_answer_is_an_error(string answer)
    {
        await using var server = new ScriptedServer(answer, closeAfterAnswer: true);
        MemcachedClient client = Connect(new MemcachedOptions { Nodes = [server.Endpoint], OperationTimeout = Deadline }, _time);
        for (int i = 1; i <= 3; i++)
        {
            Assert.False((await client.GetAsync(Key)).IsHit);
            Assert.Equal(i, client.Statistics[0].ConnectionErrors);
        }

        Assert.Equal(NodeState.Down, client.Statistics[0].State);
    }

    [Fact]
    public async Task An_answer_after_the_last_one_breaks_the_connection()
    {
        await using var server = new ScriptedServer("MN\r\nMN\r\n");
        MemcachedClient client = Connect(new MemcachedOptions { Nodes = [server.Endpoint], OperationTimeout = Deadline }, _time);
        Assert.False((await client.GetAsync(Key)).IsHit);
        await UntilAsync(() => client.Statistics[0].ProtocolErrors == 1);
    }

    [Fact]
    public async Task A_server_error_for_a_key_is_a_miss_for_that_key_only()
    {
        await using var server = new ScriptedServer("SERVER_ERROR out of memory writing get response\r\nVA 3 O1 f0\r\nbar\r\nMN\r\n");
        MemcachedClient client = Connect(new MemcachedOptions { Nodes = [server.Endpoint], OperationTimeout = Deadline });
        CacheValue[] values = await client.GetManyAsync(["other"u8.ToArray(), Key]);
        Assert.False(values[0].IsHit);
        Assert.True(values[1].IsHit);
        Assert.Equal((1L, 0L), (client.Statistics[0].ServerErrors, client.Statistics[0].ProtocolErrors));
    }

    private static async Task WithStopped(MemcachedServer server, Func<Task> body)
    {
        await server.PauseAsync();
        try
        {
            await body();
        }
        finally
        {
            await server.ResumeAsync();
        }
    }

    private static async Task MissUntilDownAsync(MemcachedClient client)
    {
        Task down = NextStateAsync(client, NodeState.Down);
        while (client.Statistics[0].State == NodeState.Up && !down.IsCompleted)
            Assert.False((await client.GetAsync(Key)).IsHit);
        await down;
    }

    private async Task ProbeUntilUpAsync(MemcachedClient client)
    {
        Task up = NextStateAsync(client, NodeState.Up);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.False((await client.GetAsync(Key)).IsHit);
        await up;
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "The condition did not come true in time.");
            await Task.Yield();
        }
    }
}
