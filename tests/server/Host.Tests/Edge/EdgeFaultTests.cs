using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Core;
using Monorepo.Host.Tests.Serving;

namespace Monorepo.Host.Tests.Edge;

/// <summary>Processes killed and stopped under load. Every wait ends by its own deadline; a test that hangs fails by its patience.</summary>
public sealed class EdgeFaultTests : IAsyncLifetime
{
    private EdgeFixture _fixture = null!;

    private static RepositoryName Repository => EdgeFixture.Repository;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fixture = await EdgeFixture.StartAsync();

    public async ValueTask DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Memcached_servers_killed_and_stopped_under_load_cost_no_answer()
    {
        ServerProcess edge = await _fixture.StartEdgeAsync();
        await UnderLoadAsync(edge, async load =>
        {
            await _fixture.Memcached[0].PauseAsync();
            await load.AnsweredAsync(20);
            await _fixture.Memcached[0].ResumeAsync();
            await load.AnsweredAsync(20);
            await _fixture.Memcached[1].KillAsync();
            await load.AnsweredAsync(20);
            await _fixture.Memcached[1].RestartAsync();
            await load.AnsweredAsync(20);
            await _fixture.Memcached[0].KillAsync();
            await _fixture.Memcached[1].KillAsync();
            await load.AnsweredAsync(20);
        });
        await EdgeFixture.HealthSaysAsync(edge, "memcached");
        await EdgeFixture.LogSaysAsync(edge, "[1034]");
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task A_history_server_that_goes_away_under_load_costs_nothing_that_is_hot(string signal)
    {
        ServerProcess edge = await _fixture.StartEdgeAsync();
        using (BlobReply warm = await _fixture.Connect(edge).GetAsync(Repository, _fixture.BlobIds, TestEnds))
            _fixture.AssertAll(warm);
        await _fixture.FilledAsync(_fixture.Blobs.Count);
        await UnderLoadAsync(edge, async load =>
        {
            await _fixture.History.SignalAsync(signal);
            await EdgeFixture.HealthSaysAsync(edge, "\"degraded\"");
            await load.AnsweredAsync(40);
        });

        // Cold: nobody can have it, and everybody hears so instead of waiting.
        ObjectId[] unknown = [ObjectHasher.Hash(ObjectKind.Blob, "never stored"u8)];
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(
            async () => await _fixture.Connect(edge).GetAsync(Repository, unknown, TestEnds));
        Assert.Contains("history server", failure.Message, StringComparison.Ordinal);
        if (signal == "STOP")
        {
            await _fixture.History.SignalAsync("CONT");
            await EdgeFixture.HealthSaysAsync(edge, "ok\n");
            using BlobReply reply = await _fixture.Connect(edge).GetAsync(Repository, unknown, TestEnds);
            Assert.Equal(BlobOutcome.Missing, reply.OutcomeAt(0));
        }
    }

    [Fact]
    public async Task Requests_in_flight_to_a_history_server_that_stops_end_with_an_error()
    {
        ServerProcess edge = await _fixture.StartEdgeAsync();
        GrpcBlobTransport contents = _fixture.Connect(edge);
        using (BlobReply first = await contents.GetAsync(Repository, _fixture.BlobIds.AsMemory(0, 1), TestEnds))
            Assert.Equal(BlobOutcome.Found, first.OutcomeAt(0));
        await _fixture.History.SignalAsync("STOP");
        Task<BlobReply>[] cold = [.. _fixture.BlobIds.Skip(1).Take(20).Select(id => contents.GetAsync(Repository, new[] { id }, TestEnds).AsTask())];
        foreach (Task<BlobReply> request in cold)
        {
            BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(() => request.WaitAsync(EdgeFixture.Deadline));
            Assert.Contains("history server", failure.Message, StringComparison.Ordinal);
        }

        await _fixture.History.SignalAsync("CONT");
        await EdgeFixture.HealthSaysAsync(edge, "ok\n");
        using BlobReply all = await contents.GetAsync(Repository, _fixture.BlobIds, TestEnds);
        _fixture.AssertAll(all);
    }

    [Fact]
    public async Task A_second_edge_answers_while_the_first_is_killed_between_winning_a_turn_and_storing()
    {
        ServerProcess first = await _fixture.StartEdgeAsync(), second = await _fixture.StartEdgeAsync();
        await _fixture.History.SignalAsync("STOP");
        Task<BlobReply> lost = _fixture.Connect(first).GetAsync(Repository, _fixture.BlobIds, TestEnds).AsTask();
        // Its turns stand in memcached, and it can't read.
        await _fixture.FilledAsync(_fixture.Blobs.Count);
        await first.SignalAsync("KILL");
        await _fixture.History.SignalAsync("CONT");
        await Assert.ThrowsAsync<BlobTransportException>(() => lost);
        await EdgeFixture.HealthSaysAsync(second, "ok\n");
        using BlobReply reply = await _fixture.Connect(second).GetAsync(Repository, _fixture.BlobIds, TestEnds);
        _fixture.AssertAll(reply);
    }

    private async Task UnderLoadAsync(ServerProcess edge, Func<Load, Task> body)
    {
        Load load = new();
        GrpcBlobTransport[] clients = [.. Enumerable.Range(0, 4).Select(_ => _fixture.Connect(edge))];
        Task[] readers = [.. clients.Select(client => Task.Run(async () =>
        {
            while (!load.IsEnding)
            {
                using BlobReply reply = await client.GetAsync(Repository, _fixture.BlobIds, TestEnds);
                _fixture.AssertAll(reply);
                load.Count();
            }
        }))];
        try
        {
            await Task.WhenAny(Task.WhenAll(readers), body(load)).Unwrap();
        }
        finally
        {
            load.End();
        }

        await Task.WhenAll(readers).WaitAsync(EdgeFixture.Deadline);
    }

    private sealed class Load
    {
        private readonly Lock _lock = new();
        private readonly List<(long At, TaskCompletionSource Reached)> _waiting = [];
        private volatile bool _isEnding;
        private long _answered;

        public bool IsEnding => _isEnding;

        public void End() => _isEnding = true;

        public void Count()
        {
            lock (_lock)
            {
                _answered++;
                _waiting.RemoveAll(w => w.At <= _answered && w.Reached.TrySetResult());
            }
        }

        /// <summary>Ends when so many more requests have been answered.</summary>
        public Task AnsweredAsync(int more)
        {
            TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
                _waiting.Add((_answered + more, reached));
            return reached.Task.WaitAsync(EdgeFixture.Deadline);
        }
    }
}
