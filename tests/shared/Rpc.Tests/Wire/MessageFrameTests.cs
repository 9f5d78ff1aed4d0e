using System.Buffers;
using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Monorepo.Rpc.Tests.Interop;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Tests.Wire;

public sealed class MessageFrameTests
{
    private const int LimitBytes = 1000;

    [Fact]
    public void Golden_bytes()
    {
        ArrayBufferWriter<byte> buffer = new();
        MessageWriter.Write(buffer, new Note { Text = "hi" }, LimitBytes, RpcCompression.Identity);
        Assert.Equal("00000000040A026869", Convert.ToHexString(buffer.WrittenSpan));
    }

    [Theory]
    [InlineData(RpcCompression.Identity)]
    [InlineData(RpcCompression.Gzip)]
    public async Task Messages_survive_a_split_at_every_byte(RpcCompression compression)
    {
        Note[] notes = [new() { Text = "first" }, new(), new() { Payload = ByteString.CopyFrom(new byte[300]) }, new() { Number = 5 }];
        byte[] body = Body(notes, compression);
        for (int split = 0; split <= body.Length; split++)
            Assert.Equal(notes, await ReadAllAsync(Pieces(body, split), compression));
    }

    [Theory]
    [InlineData(RpcCompression.Identity)]
    [InlineData(RpcCompression.Gzip)]
    public async Task Truncation_anywhere_inside_a_message_is_an_error(RpcCompression compression)
    {
        Note[] notes = [new() { Text = "first" }, new() { Number = 5 }];
        byte[] body = Body(notes, compression);
        int boundary = Body(notes[..1], compression).Length;
        for (int length = 1; length < body.Length; length++)
        {
            if (length == boundary)
                continue;

            RpcException e = await Assert.ThrowsAsync<RpcException>(() => ReadAllAsync([body[..length]], compression));
            Assert.Equal(RpcStatusCode.Internal, e.StatusCode);
        }
    }

    [Fact]
    public void Any_messages_in_any_pieces_come_back()
    {
        Prop.ForAll<byte[][], int>((payloads, seed) =>
        {
            Note[] notes = [.. payloads.Select(p => new Note { Payload = ByteString.CopyFrom(p ?? []) })];
            byte[] body = Body(notes, RpcCompression.Identity);
            Random random = new(seed);
            List<byte[]> pieces = [];
            for (int at = 0; at < body.Length;)
            {
                int length = Math.Min(random.Next(1, 20), body.Length - at);
                pieces.Add(body[at..(at + length)]);
                at += length;
            }

            return ReadAllAsync(pieces, RpcCompression.Identity).GetAwaiter().GetResult().SequenceEqual(notes);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_give_messages_or_a_status_and_nothing_else()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            try
            {
                ReadAllAsync([bytes], RpcCompression.Gzip).GetAwaiter().GetResult();
                return true;
            }
            catch (RpcException e)
            {
                return e.StatusCode is RpcStatusCode.Internal or RpcStatusCode.ResourceExhausted;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("00000003E9", MessageFrameResult.TooLarge)]
    [InlineData("00000003E8", MessageFrameResult.Incomplete)]
    [InlineData("00FFFFFFFF", MessageFrameResult.TooLarge)]
    [InlineData("0200000000", MessageFrameResult.BadFlag)]
    [InlineData("00000000", MessageFrameResult.Incomplete)]
    [InlineData("0000000000", MessageFrameResult.Frame)]
    public void Prefix_is_judged_alone(string hex, MessageFrameResult expected)
    {
        ReadOnlySequence<byte> buffer = new(Convert.FromHexString(hex));
        long before = buffer.Length;
        Assert.Equal(expected, MessageFrame.TryRead(ref buffer, LimitBytes, out _, out _));
        Assert.Equal(expected == MessageFrameResult.Frame ? 0 : before, buffer.Length);
    }

    [Fact]
    public void Message_above_the_limit_is_not_written()
    {
        ArrayBufferWriter<byte> buffer = new();
        Note note = new() { Payload = ByteString.CopyFrom(new byte[LimitBytes]) };
        RpcException e = Assert.Throws<RpcException>(() => MessageWriter.Write(buffer, note, LimitBytes, RpcCompression.Gzip));
        Assert.Equal(RpcStatusCode.ResourceExhausted, e.StatusCode);
        Assert.Equal(0, buffer.WrittenCount);
    }

    private static byte[] Body(IEnumerable<Note> notes, RpcCompression compression)
    {
        ArrayBufferWriter<byte> buffer = new();
        foreach (Note note in notes)
            MessageWriter.Write(buffer, note, int.MaxValue, compression);

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[][] Pieces(byte[] body, int split) => [body[..split], body[split..]];

    private static async Task<List<Note>> ReadAllAsync(IEnumerable<byte[]> pieces, RpcCompression compression)
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
        MessageReader<Note> reader = new(pipe.Reader, Note.Parser, LimitBytes, compression);
        List<Note> notes = [];
        Task reading = Task.Run(async () =>
        {
            while (await reader.MoveNextAsync(CancellationToken.None))
                notes.Add(reader.Current);
        });
        foreach (byte[] piece in pieces)
        {
            if (piece.Length > 0)
                await pipe.Writer.WriteAsync(piece);
        }

        await pipe.Writer.CompleteAsync();
        await reading;
        return notes;
    }
}
