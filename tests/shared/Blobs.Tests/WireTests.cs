using Monorepo.Blobs.Wire;
using Monorepo.Core;

namespace Monorepo.Blobs.Tests;

/// <summary>The bytes of shared/Blobs/Wire/FORMAT.md.</summary>
public sealed class WireTests
{
    private static readonly RepositoryName s_repository = RepositoryName.Parse("a/b");

    private static ObjectId Id(byte first)
    {
        byte[] bytes = new byte[ObjectId.Size];
        bytes[0] = first;
        return new ObjectId(bytes);
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static TheoryData<string, MessageHeader> GoldenHeaders => new()
    {
        { "02 01 00 00 00000000 0000000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.Hello, WireStatus.Ok, 0, 0) },
        { "02 02 01 00 00000000 0000000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.HelloReply, WireStatus.Unauthorized, 0, 0) },
        { "02 03 00 00 02000000 0900000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.Get, WireStatus.Ok, 2, 9) },
        { "02 03 00 01 02000000 0900000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.Get, WireStatus.Ok, 2, 9, Options: BlobReadOptions.Verify) },
        { "02 03 00 00 02000000 0900000000000000 0000000000000000 30750000 00000000", new MessageHeader(MessageType.Get, WireStatus.Ok, 2, 9, DeadlineMs: 30_000) },
        { "02 07 00 00 03000000 0000000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.Batch, WireStatus.Ok, 3, 0) },
        { "02 04 00 00 00000100 0102030405060708 FFFFFF7F00000000 FEFFFF7F00000000", new MessageHeader(MessageType.GetReply, WireStatus.Ok, 65536, 0x0807060504030201, int.MaxValue, int.MaxValue - 1) },
        { "02 04 03 00 01000000 0900000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.GetReply, WireStatus.Overloaded, 1, 9) },
        { "02 05 00 00 00000000 0900000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.Cancel, WireStatus.Ok, 0, 9) },
        { "02 06 00 00 00000000 0000000000000000 0000000000000000 0000000000000000", new MessageHeader(MessageType.GoAway, WireStatus.Ok, 0, 0) },
    };

    [Theory]
    [MemberData(nameof(GoldenHeaders), DisableDiscoveryEnumeration = true)]
    public void Headers_are_these_bytes(string hex, MessageHeader header)
    {
        byte[] bytes = new byte[MessageHeader.Size];
        header.Write(bytes);
        Assert.Equal(Hex(hex), bytes);
        Assert.Equal(WireError.None, MessageHeader.Read(bytes, out MessageHeader read));
        Assert.Equal(header, read);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(WireError.Truncated, MessageHeader.Read(bytes.AsSpan(0, length), out _));
        Assert.Equal(WireError.TrailingBytes, MessageHeader.Read([.. bytes, 0], out _));
    }

    [Theory]
    [InlineData("01 03 00 00 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.Version)]
    [InlineData("02 00 00 00 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.Unknown)]
    [InlineData("02 08 00 00 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.Unknown)]
    [InlineData("02 04 09 00 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.Unknown)]
    [InlineData("02 03 00 02 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.Unknown)]
    [InlineData("02 05 00 01 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 03 01 00 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 03 00 00 00000000 0000000000000000 0000000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 01 00 00 00000000 0900000000000000 0000000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 05 00 00 01000000 0900000000000000 0000000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 03 00 00 01000000 0900000000000000 0100000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 04 03 00 01000000 0900000000000000 0100000000000000 0000000000000000", WireError.FieldNotAllowed)]
    [InlineData("02 03 00 00 01000100 0900000000000000 0000000000000000 0000000000000000", WireError.LimitExceeded)]
    [InlineData("02 04 00 00 01000000 0900000000000000 0000008000000000 0000000000000000", WireError.LimitExceeded)]
    [InlineData("02 04 00 00 01000000 0900000000000000 0400000000000000 0500000000000000", WireError.LimitExceeded)]
    public void Headers_that_break_the_rules_are_refused(string hex, WireError error) =>
        Assert.Equal(error, MessageHeader.Read(Hex(hex), out _));

    [Fact]
    public void A_hello_is_these_bytes()
    {
        byte[] body = Hello.Write([0xAA, 0xBB]);
        Assert.Equal(Hex("4D 52 42 4C 0200 AABB"), body);
        Assert.Equal(WireError.None, Hello.Read(body, out ReadOnlySpan<byte> token));
        Assert.Equal([0xAA, 0xBB], token.ToArray());
        for (int length = 0; length < body.Length; length++)
            Assert.Equal(WireError.Truncated, Hello.Read(body.AsSpan(0, length), out _));
        Assert.Equal(WireError.TrailingBytes, Hello.Read([.. body, 0], out _));
        Assert.Equal(WireError.Unknown, Hello.Read(Hex("4D 52 42 4D 0000"), out _));
        Assert.Equal(WireError.LimitExceeded, Hello.Read(Hex("4D 52 42 4C 0104"), out _));
        Assert.Throws<ArgumentException>(() => Hello.Write(new byte[BlobLimits.TokenBytesMax + 1]));
    }

    [Fact]
    public void A_hello_reply_is_these_bytes()
    {
        byte[] body = new byte[HelloReply.Size];
        HelloReply grant = new(32, BlobLimits.MessageBytesMax);
        grant.Write(body);
        Assert.Equal(Hex("20000000 00000004"), body);
        Assert.Equal(WireError.None, HelloReply.Read(body, out HelloReply read));
        Assert.Equal(grant, read);
        for (int length = 0; length < body.Length; length++)
            Assert.Equal(WireError.Truncated, HelloReply.Read(body.AsSpan(0, length), out _));
        Assert.Equal(WireError.TrailingBytes, HelloReply.Read([.. body, 0], out _));
        Assert.Equal(WireError.LimitExceeded, HelloReply.Read(Hex("00000000 01000000"), out _));
        Assert.Equal(WireError.LimitExceeded, HelloReply.Read(Hex("01000000 01000004"), out _));
    }

    [Fact]
    public void A_get_is_these_bytes()
    {
        ObjectId[] ids = [Id(1), Id(0xFF)];
        byte[] body = new byte[GetRequest.Size(s_repository, ids.Length)];
        GetRequest.Write(body, s_repository, ids);
        Assert.Equal(Hex("03 612F62 01" + new string('0', 38) + "FF" + new string('0', 38)), body);

        Assert.Equal(WireError.None, GetRequest.Read(body, 2, out ReadOnlySpan<byte> name, out ReadOnlySpan<ObjectId> read));
        Assert.True(GetRequest.TryParseName(name, out RepositoryName repository));
        Assert.Equal(s_repository, repository);
        Assert.Equal(ids, read.ToArray());
        for (int length = 0; length < body.Length; length++)
            Assert.Equal(WireError.Truncated, GetRequest.Read(body.AsSpan(0, length), 2, out _, out _));
        Assert.Equal(WireError.TrailingBytes, GetRequest.Read([.. body, 0], 2, out _, out _));
        Assert.Equal(WireError.TrailingBytes, GetRequest.Read(body, 1, out _, out _));
        Assert.Equal(WireError.LimitExceeded, GetRequest.Read(body, BlobLimits.KeysPerRequestMax + 1, out _, out _));
        Assert.False(GetRequest.TryParseName(Hex("2E2E62"), out _));
        Assert.False(GetRequest.TryParseName(Hex("C3"), out _));
        Assert.False(GetRequest.TryParseName([], out _));
    }

    [Fact]
    public void A_reply_stream_is_these_bytes()
    {
        BlobEntry[] entries = [BlobEntry.Found(new byte[] { 7, 8 }), BlobEntry.Missing, BlobEntry.Deferred, BlobEntry.Found(new byte[] { 9 })];
        byte[] stream = new byte[19];
        for (int i = 0; i < entries.Length; i++)
            ReplyStream.WriteEntry(stream, i, entries[i].Outcome, entries[i].Envelope.Length);
        stream[16] = 7;
        stream[17] = 8;
        stream[18] = 9;
        Assert.Equal(Hex("02000000 00000000 FFFFFFFF 01000000 07 08 09"), stream);

        Assert.Equal(WireError.None, ReplyStream.Read(stream, 4, out BlobEntry[]? read));
        Assert.Equal(entries.Select(entry => entry.Outcome), read!.Select(entry => entry.Outcome));
        Assert.Equal(entries.Select(entry => Convert.ToHexString(entry.Envelope.Span)), read!.Select(entry => Convert.ToHexString(entry.Envelope.Span)));
        for (int length = 0; length < stream.Length; length++)
            Assert.Equal(length < 16 ? WireError.Truncated : WireError.LengthMismatch, ReplyStream.Read(stream.AsMemory(0, length), 4, out _));
        Assert.Equal(WireError.TrailingBytes, ReplyStream.Read((byte[])[.. stream, 0], 4, out _));
        Assert.Equal(WireError.LimitExceeded, ReplyStream.Read(Hex("0100F07F"), 1, out _));
        Assert.Equal(WireError.None, ReplyStream.Read(Array.Empty<byte>(), 0, out _));
    }

    [Fact]
    public void A_batch_is_these_bytes()
    {
        byte[] body = Hex(
            "02 03 00 00 01000000 0100000000000000 0000000000000000 0500000000000000 03 612F62 01" + new string('0', 38)
            + "02 05 00 00 00000000 0200000000000000 0000000000000000 0000000000000000"
            + "02 04 00 00 01000000 0300000000000000 0600000000000000 0000000000000000 02000000 0708");
        MessageBatch batch = new(body, 3);
        Assert.True(batch.TryRead(out MessageHeader get, out ReadOnlySpan<byte> getBody));
        Assert.Equal(new MessageHeader(MessageType.Get, WireStatus.Ok, 1, 1, DeadlineMs: 5), get);
        Assert.Equal(GetRequest.Size(s_repository, 1), getBody.Length);
        Assert.True(batch.TryRead(out MessageHeader cancel, out ReadOnlySpan<byte> cancelBody));
        Assert.Equal(new MessageHeader(MessageType.Cancel, WireStatus.Ok, 0, 2), cancel);
        Assert.True(cancelBody.IsEmpty);
        Assert.True(batch.TryRead(out MessageHeader reply, out ReadOnlySpan<byte> stream));
        Assert.Equal(new MessageHeader(MessageType.GetReply, WireStatus.Ok, 1, 3, 6), reply);
        Assert.Equal(Hex("02000000 0708"), stream.ToArray());
        Assert.False(batch.TryRead(out _, out _));
        Assert.Equal(WireError.None, batch.Error);

        for (int length = 0; length < body.Length; length++)
            Assert.NotEqual(WireError.None, ErrorOf(body.AsSpan(0, length), 3));
        Assert.Equal(WireError.TrailingBytes, ErrorOf(body, 2));
        Assert.Equal(WireError.Truncated, ErrorOf(body, 4));
        Assert.Equal(WireError.LimitExceeded, ErrorOf(body, 0));
        Assert.Equal(WireError.LimitExceeded, ErrorOf(new byte[BlobLimits.BatchBytesMax + 1], 1));
    }

    [Theory]
    [InlineData("02 07 00 00 01000000 0000000000000000 0000000000000000 0000000000000000")]
    [InlineData("02 01 00 00 00000000 0000000000000000 0000000000000000 0000000000000000")]
    [InlineData("02 06 00 00 00000000 0000000000000000 0000000000000000 0000000000000000")]
    [InlineData("02 04 00 00 01000000 0900000000000000 0400000000000000 0100000000000000")]
    public void A_batch_holds_only_what_says_its_length(string hex) => Assert.Equal(WireError.FieldNotAllowed, ErrorOf(Hex(hex), 1));

    private static WireError ErrorOf(ReadOnlySpan<byte> body, int messages)
    {
        MessageBatch batch = new(body, messages);
        while (batch.TryRead(out _, out _))
        {
        }

        return batch.Error;
    }

    /// <summary>Any bytes at all are refused or read, never a crash, and what is read has its parts inside the stream.</summary>
    [Fact]
    public void Random_bytes_never_escape()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(64)];
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)0;
            _ = MessageHeader.Read(bytes, out _);
            _ = Hello.Read(bytes, out _);
            _ = HelloReply.Read(bytes, out _);
            _ = GetRequest.Read(bytes, random.Next(4), out _, out _);
            _ = GetRequest.TryParseName(bytes, out _);
            _ = ErrorOf(bytes, random.Next(3));
            int keys = random.Next(8);
            if (ReplyStream.Read(bytes, keys, out BlobEntry[]? entries) == WireError.None)
                Assert.True((keys * ReplyStream.TableEntryBytes) + entries!.Sum(e => e.Envelope.Length) == bytes.Length && entries!.Length == keys, $"seed {seed}, round {round}");
        }
    }
}
