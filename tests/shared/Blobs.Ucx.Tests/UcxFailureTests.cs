using System.Net;
using System.Net.Sockets;
using Monorepo.Core;
using Monorepo.Native.Ucx;
using Monorepo.Testing.Blobs;

namespace Monorepo.Blobs.Ucx.Tests;

/// <summary>What a client sees when the other side is not there, not willing, not answering or no longer there.</summary>
public sealed class UcxFailureTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public UcxFailureTests() => UcxHarness.SkipWithoutUcx();

    private static RepositoryName Repository => InMemoryBlobSource.Repository;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    private static ObjectId StuckId { get; } = MakeId(ServerProcess.StuckByte);

    private static ObjectId EchoedId { get; } = MakeId(1);

    private static ObjectId MakeId(byte value)
    {
        byte[] bytes = new byte[ObjectId.Size];
        Array.Fill(bytes, value);
        return new ObjectId(bytes);
    }

    private static async Task<BlobTransportError> ErrorOf(Task call) =>
        (await Assert.ThrowsAsync<BlobTransportException>(() => call.WaitAsync(s_patience))).Error;

    private static Task<BlobReply> Get(UcxBlobTransport transport, ObjectId id) =>
        transport.GetAsync(Repository, new[] { id }, TestEnds).AsTask();

    private static InMemoryBlobSource Stuck(TaskCompletionSource entered) => new()
    {
        BeforeAnswer = async token =>
        {
            entered.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(token);
        },
    };

    [Fact]
    public async Task A_null_reference_is_still_caught_after_UCX_was_loaded()
    {
        await using UcxHarness harness = await UcxHarness.StartAsync(new InMemoryBlobSource(), UcxFabric.LoopbackTcp);
        object?[] nothing = [null];
        Assert.Throws<NullReferenceException>(() => nothing[0]!.GetHashCode());
    }

    [Fact]
    public async Task A_wrong_token_is_refused()
    {
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, new InMemoryBlobSource());
        UcxBlobClientSettings settings = UcxHarness.ClientSettings(server) with { Token = "another"u8.ToArray() };
        Assert.Equal(BlobTransportError.Unauthorized, await ErrorOf(UcxBlobTransport.ConnectAsync(settings, TestEnds)));
        Assert.Equal(BlobTransportError.Unauthorized, await ErrorOf(UcxBlobTransport.ConnectAsync(settings with { Token = default }, TestEnds)));
    }

    [Fact]
    public async Task A_closed_port_is_unreachable_long_before_the_connect_deadline()
    {
        using Socket bound = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        UcxBlobClientSettings settings = new() { Address = (IPEndPoint)bound.LocalEndPoint!, ConnectTimeoutMs = int.MaxValue };
        Assert.Equal(BlobTransportError.Unreachable, await ErrorOf(UcxBlobTransport.ConnectAsync(settings, TestEnds)));
    }

    [Fact]
    public async Task A_port_that_accepts_and_says_nothing_is_unreachable_at_the_connect_deadline()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        UcxBlobClientSettings settings = new() { Address = (IPEndPoint)listener.LocalEndPoint!, ConnectTimeoutMs = 200 };
        Assert.Equal(BlobTransportError.Unreachable, await ErrorOf(UcxBlobTransport.ConnectAsync(settings, TestEnds)));
    }

    [Fact]
    public async Task A_device_that_does_not_exist_is_not_available()
    {
        UcxBlobClientSettings settings = new()
        {
            Address = new IPEndPoint(IPAddress.Loopback, 1),
            Fabric = new UcxFabric { NetDevices = "nosuch0", Transports = "tcp" },
        };
        Assert.Equal(BlobTransportError.NotAvailable, await ErrorOf(UcxBlobTransport.ConnectAsync(settings, TestEnds)));
    }

    [Fact]
    public async Task A_killed_server_fails_its_requests_and_its_successor_on_the_port_is_used()
    {
        await using ServerProcess first = await ServerProcess.StartAsync();
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(first.ClientSettings with { RequestTimeoutMs = int.MaxValue }, TestEnds);
        Task<BlobReply> call = Get(transport, StuckId);
        await first.WaitUntilStuckAsync();

        await first.KillAsync();

        Assert.Equal(BlobTransportError.PeerLost, await ErrorOf(call));
        Assert.Equal(BlobTransportError.Unreachable, await ErrorOf(Get(transport, EchoedId)));
        await using ServerProcess second = await ServerProcess.StartAsync(first.Port);
        using BlobReply reply = await Get(transport, EchoedId).WaitAsync(s_patience, TestEnds);
        Assert.True(reply.EnvelopeAt(0).Span.SequenceEqual(EchoedId.AsSpan()));
    }

    [Fact]
    public async Task A_stopped_server_is_noticed_by_the_deadline_and_used_again_when_it_goes_on()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(server.ClientSettings with { RequestTimeoutMs = 500 }, TestEnds);
        server.Stop();

        Assert.Equal(BlobTransportError.DeadlineExceeded, await ErrorOf(Get(transport, EchoedId)));

        server.Continue();
        await using UcxBlobTransport patient = await UcxBlobTransport.ConnectAsync(server.ClientSettings, TestEnds);
        using BlobReply reply = await Get(patient, EchoedId).WaitAsync(s_patience, TestEnds);
        Assert.Equal(1, reply.Count);
    }

    [Fact]
    public async Task A_stuck_source_costs_its_request_the_deadline_and_others_nothing()
    {
        int calls = 0;
        InMemoryBlobSource source = new()
        {
            BeforeAnswer = async token =>
            {
                if (Interlocked.Increment(ref calls) == 1)
                    await new TaskCompletionSource().Task.WaitAsync(token);
            },
        };
        ObjectId id = source.AddRandom(new Random(1), 10);
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, source);
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server) with { RequestTimeoutMs = 1_000 }, TestEnds);

        Assert.Equal(BlobTransportError.DeadlineExceeded, await ErrorOf(Get(transport, id)));
        using BlobReply reply = await Get(transport, id);
        Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(0));
    }

    [Fact]
    public async Task A_server_that_ends_with_requests_open_cancels_them_and_ends()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { DrainTimeoutMs = 50 }, Stuck(entered));
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds);
        Task<BlobReply>[] calls = [.. Enumerable.Range(0, 100).Select(_ => Get(transport, EchoedId))];
        await entered.Task.WaitAsync(s_patience, TestEnds);

        await server.DisposeAsync().AsTask().WaitAsync(s_patience, TestEnds);

        // On the wire: lost. Still queued here: sent to nobody.
        foreach (Task<BlobReply> call in calls)
            Assert.Contains(await ErrorOf(call), new[] { BlobTransportError.PeerLost, BlobTransportError.ShuttingDown, BlobTransportError.Unreachable });
    }

    [Fact]
    public async Task A_draining_server_finishes_what_is_open_and_refuses_what_is_new()
    {
        using SemaphoreSlim admitted = new(0);
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        InMemoryBlobSource source = new()
        {
            BeforeAnswer = async _ =>
            {
                admitted.Release();
                await gate.Task;
            },
        };
        ObjectId id = source.AddRandom(new Random(2), 3_000_000);
        UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { DrainTimeoutMs = 20_000 }, source);
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds);
        List<Task<BlobReply>> open = [Get(transport, id)];
        await admitted.WaitAsync(s_patience, TestEnds);

        Task ended = server.DisposeAsync().AsTask();

        // A call may still overtake the news that the server stops; it is admitted then, and owed its reply like the first.
        Task<BlobReply> refused = Get(transport, id);
        while (await Task.WhenAny(refused, admitted.WaitAsync(s_patience, TestEnds)) != refused)
        {
            open.Add(refused);
            refused = Get(transport, id);
        }

        Assert.Equal(BlobTransportError.ShuttingDown, await ErrorOf(refused));
        gate.SetResult();
        foreach (Task<BlobReply> call in open)
        {
            using BlobReply reply = await call.WaitAsync(s_patience, TestEnds);
            Assert.True(reply.EnvelopeAt(0).Span.SequenceEqual(source.Find(id)!.Value.Span));
        }

        await ended.WaitAsync(s_patience, TestEnds);
        Assert.Equal(0, source.BatchesOpen);
    }

    [Fact]
    public async Task A_server_restarted_on_its_port_serves_the_same_transport()
    {
        InMemoryBlobSource source = new();
        ObjectId id = source.AddRandom(new Random(3), 10);
        UcxBlobServer first = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, source);
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(first), TestEnds);
        (await Get(transport, id)).Dispose();
        await first.DisposeAsync();

        await using UcxBlobServer second = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { Address = first.Address }, source);
        BlobReply? reply = null;
        for (int attempt = 0; reply is null && attempt < 100; attempt++)
        {
            try
            {
                reply = await Get(transport, id).WaitAsync(s_patience, TestEnds);
            }
            catch (BlobTransportException e) when (e.Error == BlobTransportError.PeerLost)
            {
                // The first server's end had not arrived yet.
            }
        }

        Assert.Equal(BlobOutcome.Found, reply!.OutcomeAt(0));
        reply.Dispose();
    }

    [Fact]
    public async Task A_port_in_use_is_an_exception_of_the_server()
    {
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, new InMemoryBlobSource());
        UcxException failure = await Assert.ThrowsAsync<UcxException>(
            () => UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { Address = server.Address }, new InMemoryBlobSource()));
        Assert.Equal(UcxStatus.Busy, failure.Status);
    }

    [Fact]
    public async Task One_session_too_many_is_refused()
    {
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { SessionsMax = 1 }, new InMemoryBlobSource());
        await using UcxBlobTransport first = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds);
        Assert.Equal(BlobTransportError.Unreachable, await ErrorOf(UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds)));
    }

    [Fact]
    public async Task One_call_too_many_is_refused_without_asking()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, Stuck(entered));
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server) with { CallsMax = 3 }, TestEnds);
        Task<BlobReply>[] calls = [.. Enumerable.Range(0, 3).Select(_ => Get(transport, EchoedId))];
        Assert.Equal(BlobTransportError.Overloaded, await ErrorOf(Get(transport, EchoedId)));
        await transport.DisposeAsync();
        foreach (Task<BlobReply> call in calls)
            Assert.Equal(BlobTransportError.Closed, await ErrorOf(call));
    }

    [Fact]
    public async Task A_client_keeps_to_the_servers_credit()
    {
        int open = 0;
        int openMost = 0;
        InMemoryBlobSource source = new()
        {
            BeforeAnswer = async _ =>
            {
                int now = Interlocked.Increment(ref open);
                InterlockedMax(ref openMost, now);
                await Task.Yield();
                Interlocked.Decrement(ref open);
            },
        };
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { RequestsPerSessionMax = 3 }, source);
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds);
        Task<BlobReply>[] calls = [.. Enumerable.Range(0, 300).Select(_ => Get(transport, EchoedId))];
        foreach (Task<BlobReply> call in calls)
            (await call.WaitAsync(s_patience, TestEnds)).Dispose();
        Assert.InRange(openMost, 1, 3);
        Assert.Equal(300, source.Calls);
    }

    private static void InterlockedMax(ref int location, int value)
    {
        int seen = Volatile.Read(ref location);
        while (value > seen)
        {
            int previous = Interlocked.CompareExchange(ref location, value, seen);
            if (previous == seen)
                return;
            seen = previous;
        }
    }
}
