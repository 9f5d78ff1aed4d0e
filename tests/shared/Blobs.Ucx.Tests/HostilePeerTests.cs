using Monorepo.Blobs.Wire;
using Monorepo.Core;
using Monorepo.Native.Ucx;
using Monorepo.Testing.Blobs;

namespace Monorepo.Blobs.Ucx.Tests;

/// <summary>Whatever a peer sends, the server goes on, serves others and gives every buffer back (which disposing it checks in debug builds).</summary>
public sealed class HostilePeerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public HostilePeerTests() => UcxHarness.SkipWithoutUcx();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <summary>What breaks the rules: the header, the body, and whether the token was shown before.</summary>
    public static TheoryData<string, string, string, bool> Breaches => new()
    {
        { "no header at all", "", "", true },
        { "half a header", "02030000", "", true },
        { "another version", Hex(MessageType.Get, 0, 1, version: 9), "00", true },
        { "an unknown type", "02FF0000 00000000 0100000000000000 0000000000000000 0000000000000000", "", true },
        { "a server's message", Hex(MessageType.GetReply, 0, 1), "", true },
        { "a get before the hello", Hex(MessageType.Get, 0, 1), "03612F62", false },
        { "a cancel before the hello", Hex(MessageType.Cancel, 0, 1), "", false },
        { "a batch before the hello", Hex(MessageType.Batch, 1, 0), Hex(MessageType.Cancel, 0, 1), false },
        { "a second hello", Hex(MessageType.Hello, 0, 0), "4D52424C0000", true },
        { "a hello without magic", Hex(MessageType.Hello, 0, 0), "000000000000", false },
        { "a hello that is longer than it says", Hex(MessageType.Hello, 0, 0), "4D52424C000000", false },
        { "a get without a name", Hex(MessageType.Get, 0, 1), "", true },
        { "a name that is no name", Hex(MessageType.Get, 0, 1), "022E2E", true },
        { "a name longer than the body", Hex(MessageType.Get, 0, 1), "FF6162", true },
        { "fewer ids than it says", Hex(MessageType.Get, 2, 1), "03612F62" + new string('0', 40), true },
        { "more ids than it says", Hex(MessageType.Get, 0, 1), "03612F62" + new string('0', 40), true },
        { "an empty batch", Hex(MessageType.Batch, 0, 0), "", true },
        { "a batch of fewer messages than it says", Hex(MessageType.Batch, 2, 0), Hex(MessageType.Cancel, 0, 1), true },
        { "a batch of more messages than it says", Hex(MessageType.Batch, 1, 0), Hex(MessageType.Cancel, 0, 1) + Hex(MessageType.Cancel, 0, 2), true },
        { "a batch in a batch", Hex(MessageType.Batch, 1, 0), Hex(MessageType.Batch, 1, 0), true },
        { "a batch of a server's messages", Hex(MessageType.Batch, 1, 0), Hex(MessageType.GetReply, 0, 1), true },
        { "a get in a batch that runs over its end", Hex(MessageType.Batch, 1, 0), Hex(MessageType.Get, 65_536, 1) + "03612F62", true },
    };

    private static string Hex(MessageType type, int keys, ulong id, byte version = 0)
    {
        byte[] bytes = HostileClient.Header(new MessageHeader(type, WireStatus.Ok, keys, id));
        bytes[0] = version == 0 ? bytes[0] : version;
        return Convert.ToHexString(bytes);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static (InMemoryBlobSource Source, ObjectId Id) Contents()
    {
        InMemoryBlobSource source = new();
        return (source, source.AddRandom(new Random(1), 5_000));
    }

    private static async Task AssertServesAsync(UcxBlobServer server, InMemoryBlobSource source, ObjectId id)
    {
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds);
        using BlobReply reply = await transport.GetAsync(InMemoryBlobSource.Repository, new[] { id }, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);
        Assert.True(reply.EnvelopeAt(0).Span.SequenceEqual(source.Find(id)!.Value.Span));
    }

    [Theory]
    [MemberData(nameof(Breaches), DisableDiscoveryEnumeration = true)]
    public async Task Who_breaks_the_rules_is_hung_up_on_and_nobody_else_notices(string what, string header, string body, bool isKnown)
    {
        (InMemoryBlobSource source, ObjectId id) = Contents();
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, source);
        foreach (UcxSendMode mode in (UcxSendMode[])[UcxSendMode.Eager, UcxSendMode.Rendezvous])
        {
            // A rendezvous of nothing is none.
            if (mode == UcxSendMode.Rendezvous && body.Length == 0)
                continue;
            using HostileClient client = new(server.Address);
            if (isKnown)
                client.SayHello();
            client.Send(Bytes(header), Bytes(body), mode);
            client.ProgressUntil(() => client.IsHungUp);
            Assert.True(client.IsHungUp, what);
        }

        await AssertServesAsync(server, source, id);
    }

    [Fact]
    public async Task Bodies_longer_than_any_message_are_dropped_unread()
    {
        (InMemoryBlobSource source, ObjectId id) = Contents();
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { MemoryBytes = 8 << 20 }, source);
        foreach (MessageType type in (MessageType[])[MessageType.Get, MessageType.Batch, MessageType.Hello])
        {
            using HostileClient client = new(server.Address);
            if (type != MessageType.Hello)
                client.SayHello();
            client.Send(HostileClient.Header(new MessageHeader(type, WireStatus.Ok, type == MessageType.Hello ? 0 : 1, type == MessageType.Get ? 1UL : 0)), new byte[20 << 20]);
            client.ProgressUntil(() => client.IsHungUp);
        }

        Assert.InRange(server.Memory.PeakBytes, 0, 8 << 20);
        await AssertServesAsync(server, source, id);
    }

    [Fact]
    public async Task A_wrong_token_gets_its_answer_and_a_connection_that_ends()
    {
        (InMemoryBlobSource source, ObjectId id) = Contents();
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { HelloTimeoutMs = 300 }, source);
        using HostileClient client = new(server.Address);
        client.Send(HostileClient.Header(new MessageHeader(MessageType.Hello, WireStatus.Ok, 0, 0)), Hello.Write("guessed"u8));
        client.ProgressUntil(() => client.Received.Count > 0);
        Assert.Equal(WireStatus.Unauthorized, client.Received[0].Status);
        // It may try again, until the server has waited long enough.
        client.ProgressUntil(() => client.IsHungUp);
        Assert.Equal(0, source.Calls);
        await AssertServesAsync(server, source, id);
    }

    [Fact]
    public async Task Requests_past_the_credit_are_refused_one_by_one()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        InMemoryBlobSource source = new() { BeforeAnswer = async token => await gate.Task.WaitAsync(token) };
        ObjectId id = source.AddRandom(new Random(1), 5_000);
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings with { RequestsPerSessionMax = 4, BatchBytesMax = 4 << 10 }, source);
        using HostileClient client = new(server.Address);
        client.SayHello();
        byte[] body = new byte[GetRequest.Size(InMemoryBlobSource.Repository, 1)];
        GetRequest.Write(body, InMemoryBlobSource.Repository, [id]);
        for (ulong request = 1; request <= 100; request++)
            client.Send(HostileClient.Header(new MessageHeader(MessageType.Get, WireStatus.Ok, 1, request)), body);
        // Twice the credit is taken, the rest refused: at least one batch of refusals comes while nothing is answered.
        client.ProgressUntil(() => client.Received.Count > 1);
        gate.SetResult();
        client.ProgressUntil(() => source.Calls == 8);
        await AssertServesAsync(server, source, id);
    }

    [Fact]
    public async Task Random_frames_never_stop_the_server()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        (InMemoryBlobSource source, ObjectId id) = Contents();
        UcxBlobServer server = await UcxBlobServer.StartAsync(UcxHarness.ServerSettings, source);
        byte[] get = new byte[GetRequest.Size(InMemoryBlobSource.Repository, 1)];
        GetRequest.Write(get, InMemoryBlobSource.Repository, [id]);
        for (int connection = 0; connection < 60; connection++)
        {
            using HostileClient client = new(server.Address);
            if (random.Next(4) > 0)
                client.SayHello();
            for (int message = 0; message < 20 && !client.IsHungUp; message++)
            {
                byte[] header = HostileClient.Header(new MessageHeader((MessageType)random.Next(1, 8), WireStatus.Ok, random.Next(3), (ulong)random.Next(1, 50)));
                byte[] body = random.Next(3) == 0 ? [.. header, .. get] : [.. get];
                if (random.Next(2) == 0)
                    Mutate(random, header);
                if (random.Next(2) == 0)
                    Mutate(random, body);
                client.Send(header.AsSpan(0, random.Next(8) == 0 ? random.Next(header.Length) : header.Length), body.AsSpan(0, random.Next(body.Length + 1)), random.Next(3) == 0 ? UcxSendMode.Rendezvous : UcxSendMode.Eager);
                int rounds = 0;
                client.ProgressUntil(() => ++rounds > 2 || client.IsHungUp);
            }
        }

        await AssertServesAsync(server, source, id);
        await server.DisposeAsync().AsTask().WaitAsync(s_patience, TestEnds);
        Assert.True(source.BatchesOpen == 0, $"seed {seed}");
    }

    private static void Mutate(Random random, byte[] bytes)
    {
        for (int i = random.Next(4); i >= 0; i--)
            bytes[random.Next(bytes.Length)] = (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
    }
}
