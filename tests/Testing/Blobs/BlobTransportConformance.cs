using Monorepo.Blobs;
using Monorepo.Core;
using Xunit;

namespace Monorepo.Testing.Blobs;

/// <summary>A transport under test and whatever serves it; disposed together, transport first.</summary>
public abstract class BlobTransportHarness : IAsyncDisposable
{
    public abstract IBlobTransport Transport { get; }

    public abstract ValueTask DisposeAsync();
}

/// <summary>What every <see cref="IBlobTransport"/> promises. Inherit it, say how to start one over a source, and all of it runs.</summary>
public abstract class BlobTransportConformance
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static RepositoryName Repository => InMemoryBlobSource.Repository;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <summary>Serves <paramref name="source"/> and connects to it. Skips the test when this machine can't.</summary>
    protected abstract Task<BlobTransportHarness> StartAsync(IBlobSource source);

    [Fact]
    public async Task Answers_each_id_in_the_order_asked()
    {
        InMemoryBlobSource source = new();
        Random random = new(1);
        ObjectId[] ids = [.. Enumerable.Range(1, 1000).Select(length => source.AddRandom(random, length))];
        random.Shuffle(ids);
        await using BlobTransportHarness harness = await StartAsync(source);

        using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);

        AssertMatches(source, ids, reply);
    }

    [Fact]
    public async Task Marks_what_the_source_does_not_have()
    {
        InMemoryBlobSource source = new();
        Random random = new(2);
        ObjectId[] ids = [InMemoryBlobSource.RandomId(random), source.AddRandom(random, 10), InMemoryBlobSource.RandomId(random)];
        await using BlobTransportHarness harness = await StartAsync(source);

        using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds);

        Assert.Equal(BlobOutcome.Missing, reply.OutcomeAt(0));
        Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(1));
        Assert.Equal(BlobOutcome.Missing, reply.OutcomeAt(2));
        Assert.True(reply.EnvelopeAt(0).IsEmpty);
        AssertMatches(source, ids, reply);
    }

    [Fact]
    public async Task Answers_no_ids_with_an_empty_reply()
    {
        await using BlobTransportHarness harness = await StartAsync(new InMemoryBlobSource());
        using BlobReply reply = await harness.Transport.GetAsync(Repository, ReadOnlyMemory<ObjectId>.Empty, TestEnds);
        Assert.Equal(0, reply.Count);
    }

    [Fact]
    public async Task Answers_an_id_asked_twice_twice()
    {
        InMemoryBlobSource source = new();
        ObjectId id = source.AddRandom(new Random(3), 77);
        await using BlobTransportHarness harness = await StartAsync(source);
        ObjectId[] ids = [id, id];
        using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds);
        AssertMatches(source, ids, reply);
    }

    [Fact]
    public async Task Takes_as_many_ids_as_a_request_may_have()
    {
        InMemoryBlobSource source = new();
        Random random = new(4);
        ObjectId[] ids = new ObjectId[BlobLimits.KeysPerRequestMax];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i % 7 == 0 ? source.AddRandom(random, 1 + (i % 50)) : InMemoryBlobSource.RandomId(random);
        await using BlobTransportHarness harness = await StartAsync(source);
        using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);
        AssertMatches(source, ids, reply);
    }

    [Fact]
    public async Task Refuses_one_id_too_many()
    {
        InMemoryBlobSource source = new();
        await using BlobTransportHarness harness = await StartAsync(source);
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await harness.Transport.GetAsync(Repository, new ObjectId[BlobLimits.KeysPerRequestMax + 1], TestEnds));
        Assert.Equal(0, source.Calls);
    }

    [Theory]
    [InlineData(64 << 10)]
    [InlineData(256 << 10)]
    [InlineData(1 << 20)]
    [InlineData(9_000_001)]
    public async Task Carries_large_envelopes_between_small_ones(int lengthBytes)
    {
        InMemoryBlobSource source = new();
        Random random = new(5);
        ObjectId[] ids =
        [
            source.AddRandom(random, 3), source.AddRandom(random, lengthBytes), source.AddRandom(random, 20_000),
            source.AddRandom(random, lengthBytes), source.AddRandom(random, 1),
        ];
        await using BlobTransportHarness harness = await StartAsync(source);
        using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);
        AssertMatches(source, ids, reply);
    }

    [Fact]
    public async Task Passes_deferrals_on_and_GetAll_asks_again()
    {
        InMemoryBlobSource source = new() { ReplyBytesTarget = 1000 };
        Random random = new(6);
        ObjectId[] ids = [.. Enumerable.Range(0, 100).Select(_ => source.AddRandom(random, 300))];
        await using BlobTransportHarness harness = await StartAsync(source);

        using (BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds))
        {
            Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(3));
            Assert.Equal(BlobOutcome.Deferred, reply.OutcomeAt(4));
        }

        List<ObjectId> seen = [];
        await foreach ((ObjectId id, BlobEntry entry) in harness.Transport.GetAllAsync(Repository, ids, TestEnds))
        {
            Assert.True(entry.Envelope.Span.SequenceEqual(source.Find(id)!.Value.Span));
            seen.Add(id);
        }

        Assert.Equal(ids, seen);
    }

    [Fact]
    public async Task Passes_the_readers_options_on()
    {
        InMemoryBlobSource source = new();
        ObjectId[] ids = [source.AddRandom(new Random(8), 10)];
        await using BlobTransportHarness harness = await StartAsync(source);
        foreach (BlobReadOptions options in (BlobReadOptions[])[BlobReadOptions.Verify, BlobReadOptions.None])
        {
            using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, options, TestEnds);
            AssertMatches(source, ids, reply);
            Assert.Equal(options, source.LastOptions);
        }
    }

    [Fact]
    public async Task Names_an_unknown_repository()
    {
        await using BlobTransportHarness harness = await StartAsync(new InMemoryBlobSource());
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(
            async () => await harness.Transport.GetAsync(RepositoryName.Parse("other"), new ObjectId[1], TestEnds));
        Assert.Equal(BlobTransportError.UnknownRepository, failure.Error);
    }

    [Fact]
    public async Task Tells_a_failing_source_from_a_failing_transport_and_goes_on()
    {
        InMemoryBlobSource source = new() { BeforeAnswer = static _ => throw new InvalidDataException("a bad sector") };
        ObjectId id = source.AddRandom(new Random(7), 5);
        await using BlobTransportHarness harness = await StartAsync(source);
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(
            async () => await harness.Transport.GetAsync(Repository, new[] { id }, TestEnds));
        Assert.Equal(BlobTransportError.SourceFailed, failure.Error);

        source.BeforeAnswer = null;
        using BlobReply reply = await harness.Transport.GetAsync(Repository, new[] { id }, TestEnds);
        AssertMatches(source, [id], reply);
    }

    [Fact]
    public async Task Does_not_believe_a_source_that_answers_too_little()
    {
        InMemoryBlobSource source = new() { EntriesMissing = 1 };
        await using BlobTransportHarness harness = await StartAsync(source);
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(
            async () => await harness.Transport.GetAsync(Repository, new ObjectId[2], TestEnds));
        Assert.Equal(BlobTransportError.SourceFailed, failure.Error);
    }

    [Fact]
    public async Task Cancelling_a_call_cancels_the_source()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        InMemoryBlobSource source = new()
        {
            BeforeAnswer = async token =>
            {
                entered.SetResult();
                using CancellationTokenRegistration registration = token.UnsafeRegister(_ => cancelled.TrySetResult(), null);
                await cancelled.Task;
                token.ThrowIfCancellationRequested();
            },
        };
        await using BlobTransportHarness harness = await StartAsync(source);
        using CancellationTokenSource cancellation = new();
        Task<BlobReply> call = harness.Transport.GetAsync(Repository, new ObjectId[1], cancellation.Token).AsTask();
        await entered.Task.WaitAsync(s_patience, TestEnds);

        await cancellation.CancelAsync();

        OperationCanceledException failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(s_patience, TestEnds));
        Assert.Equal(cancellation.Token, failure.CancellationToken);
        await cancelled.Task.WaitAsync(s_patience, TestEnds);
    }

    [Fact]
    public async Task A_token_that_fired_before_asks_nothing()
    {
        InMemoryBlobSource source = new();
        await using BlobTransportHarness harness = await StartAsync(source);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await harness.Transport.GetAsync(Repository, new ObjectId[1], new CancellationToken(canceled: true)));
        Assert.Equal(0, source.Calls);
    }

    [Fact]
    public async Task Disposing_fails_the_calls_in_flight_and_after()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        InMemoryBlobSource source = new()
        {
            BeforeAnswer = async token =>
            {
                entered.TrySetResult();
                await gate.Task.WaitAsync(token);
            },
        };
        await using BlobTransportHarness harness = await StartAsync(source);
        Task<BlobReply>[] calls = [.. Enumerable.Range(0, 50).Select(_ => harness.Transport.GetAsync(Repository, new ObjectId[1], TestEnds).AsTask())];
        await entered.Task.WaitAsync(s_patience, TestEnds);

        await harness.Transport.DisposeAsync().AsTask().WaitAsync(s_patience, TestEnds);

        foreach (Task<BlobReply> call in calls)
            Assert.Equal(BlobTransportError.Closed, (await Assert.ThrowsAsync<BlobTransportException>(() => call.WaitAsync(s_patience, TestEnds))).Error);
        BlobTransportException late = await Assert.ThrowsAsync<BlobTransportException>(
            async () => await harness.Transport.GetAsync(Repository, new ObjectId[1], TestEnds));
        Assert.Equal(BlobTransportError.Closed, late.Error);
        gate.SetResult();
    }

    [Fact]
    public async Task A_disposed_reply_gives_nothing_more()
    {
        InMemoryBlobSource source = new();
        ObjectId id = source.AddRandom(new Random(8), 100);
        await using BlobTransportHarness harness = await StartAsync(source);
        BlobReply reply = await harness.Transport.GetAsync(Repository, new[] { id }, TestEnds);
        reply.Dispose();
        reply.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reply.EnvelopeAt(0));
    }

    [Fact]
    public async Task Random_batches_from_many_callers_match_the_source()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        InMemoryBlobSource source = new();
        ObjectId[] known = [.. Enumerable.Range(0, 400).Select(_ => source.AddRandom(random, RandomLength(random)))];
        BlobTransportHarness harness = await StartAsync(source);
        await using (harness)
        {
            Task[] callers =
            [
                .. Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
                {
                    Random own = new(unchecked(seed + caller));
                    for (int round = 0; round < 25; round++)
                    {
                        ObjectId[] ids = new ObjectId[own.Next(0, 60)];
                        for (int i = 0; i < ids.Length; i++)
                            ids[i] = own.Next(5) == 0 ? InMemoryBlobSource.RandomId(own) : known[own.Next(known.Length)];
                        using BlobReply reply = await harness.Transport.GetAsync(Repository, ids, TestEnds);
                        AssertMatches(source, ids, reply, $"seed {seed}, caller {caller}, round {round}");
                    }
                }, TestEnds)),
            ];
            await Task.WhenAll(callers).WaitAsync(s_patience, TestEnds);
        }

        Assert.True(source.BatchesOpen == 0, $"{source.BatchesOpen} batches were never disposed (seed {seed}).");
    }

    /// <summary>Mostly small, sometimes around the sizes where transports change their ways.</summary>
    private static int RandomLength(Random random) => random.Next(20) switch
    {
        0 => random.Next(60 << 10, 70 << 10),
        1 => random.Next(250 << 10, 270 << 10),
        2 => random.Next(1, 700_000),
        < 10 => random.Next(1, 20_000),
        _ => random.Next(1, 400),
    };

    /// <summary>Every entry of <paramref name="reply"/> is what the source holds, byte for byte.</summary>
    protected static void AssertMatches(InMemoryBlobSource source, ReadOnlySpan<ObjectId> ids, BlobReply reply, string? context = null)
    {
        Assert.Equal(ids.Length, reply.Count);
        for (int i = 0; i < ids.Length; i++)
        {
            ReadOnlyMemory<byte>? expected = source.Find(ids[i]);
            Assert.Equal(expected is null ? BlobOutcome.Missing : BlobOutcome.Found, reply.OutcomeAt(i));
            Assert.True(reply.EnvelopeAt(i).Span.SequenceEqual(expected.GetValueOrDefault().Span), $"Entry {i} differs. {context}");
        }
    }
}
