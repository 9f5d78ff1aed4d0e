using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Formats.Tests.History;

/// <summary>Texts that make several blocks, each read on its own.</summary>
public sealed class SegmentBlockTests
{
    private const int BlockBytes = 64 * 1024;

    private static readonly CommitPositions s_none = new([]);

    [Theory]
    [InlineData(100, 1)]
    [InlineData(BlockBytes - 1, 3)]
    [InlineData(BlockBytes, 3)]
    [InlineData(BlockBytes + 1, 3)]
    [InlineData(3 * BlockBytes, 2)]
    [InlineData(BlockBytes / 2, 7)]
    [InlineData(1000, 500)]
    public void Every_text_reads_alone_as_with_all_others(int textBytes, int commits)
    {
        byte[][] bodies = [.. Enumerable.Range(0, commits).Select(i => Body(i, textBytes))];
        byte[] segment = Segments.Encode(0, bodies, s_none);
        Assert.Equal(bodies, Segments.Verify(segment, s_none).Select(static s => s.Body));
        TextBuffer buffer = new();
        foreach (int index in Enumerable.Range(0, commits).Where(i => commits < 20 || i % 37 == 0))
        {
            using SegmentReader reader = SegmentReader.Open(segment);
            SegmentAssert.Tells(Commit.Parse(bodies[index]), reader, index, buffer);
        }
    }

    [Fact]
    public void One_message_touches_the_bytes_of_its_block_only()
    {
        byte[][] bodies = [.. Enumerable.Range(0, 500).Select(static i => Body(i, 1000))];
        byte[] segment = Segments.Encode(0, bodies, s_none);
        (int start, int stored) = Column(segment, 10);
        byte[] damaged = [.. segment];
        damaged[start + stored - 1] ^= 1;
        using SegmentReader reader = SegmentReader.Open(damaged);
        TextBuffer buffer = new();
        Assert.True(Commit.Parse(bodies[0]).Message.Span.SequenceEqual(reader.GetMessage(0, buffer)));
        Assert.Throws<CorruptSegmentException>(() => reader.GetMessage(499, buffer));
        Assert.Throws<CorruptSegmentException>(reader.DecodeAll);
    }

    [Fact]
    public void One_buffer_reads_several_segments_in_any_order()
    {
        byte[][][] bodies = [.. Enumerable.Range(0, 2).Select(static s => Enumerable.Range(s * 500, 500).Select(static i => Body(i, i % 97 == 0 ? 2 * BlockBytes : 1500)).ToArray())];
        SegmentReader[] readers = [.. bodies.Select(static b => SegmentReader.Open(Segments.Encode(0, b, s_none)))];
        TextBuffer buffer = new();
        Random random = new(7);
        for (int i = 0, index = 0; i < 5000; i++)
        {
            // Neighbours most often, as a walk by time has them.
            index = random.Next(8) == 0 ? random.Next(500) : Math.Clamp(index + random.Next(-9, 7), 0, 499);
            int segment = random.Next(2);
            Assert.True(Commit.Parse(bodies[segment][index]).Message.Span.SequenceEqual(readers[segment].GetMessage(index, buffer)));
        }

        Array.ForEach(readers, static r => r.Dispose());
    }

    [Fact]
    public void A_buffer_does_not_take_a_damaged_block_for_read()
    {
        byte[][] bodies = [.. Enumerable.Range(0, 500).Select(static i => Body(i, 1000))];
        byte[] segment = Segments.Encode(0, bodies, s_none);
        (int start, int stored) = Column(segment, 10);
        segment[start + stored - 1] ^= 1;
        using SegmentReader reader = SegmentReader.Open(segment);
        TextBuffer buffer = new();
        for (int round = 0; round < 10; round++)
        {
            Assert.Throws<CorruptSegmentException>(() => reader.GetMessage(499, buffer));
            Assert.True(Commit.Parse(bodies[200]).Message.Span.SequenceEqual(reader.GetMessage(200, buffer)));
        }
    }

    [Fact]
    public void Many_threads_may_read_at_once()
    {
        byte[][] bodies = [.. Enumerable.Range(0, 500).Select(static i => Body(i, 1000))];
        byte[] segment = Segments.Encode(0, bodies, s_none);
        for (int round = 0; round < 20; round++)
        {
            using SegmentReader reader = SegmentReader.Open(segment);
            Parallel.For(0, 8 * bodies.Length, i =>
            {
                int index = i * 263 % bodies.Length;
                Assert.True(Commit.Parse(bodies[index]).Message.Span.SequenceEqual(reader.GetMessage(index, new TextBuffer())));
            });
        }
    }

    /// <summary>A commit whose message, and whose headers every third time, have about that many bytes; every fifth message names ids.</summary>
    private static byte[] Body(int number, int textBytes)
    {
        StringBuilder text = new();
        Random random = new(number);
        while (text.Length < textBytes)
        {
            text.Append(number % 5 == 0 && random.Next(20) == 0 ? $"{random.NextInt64():x16}{random.NextInt64():x16}{random.Next():x8} " : $"word{random.Next(500)} ");
        }

        text.Length = textBytes;
        string headers = number % 3 == 0 ? $"gpgsig {text}\n" : "";
        return Encoding.Latin1.GetBytes(
            $"tree {number:x40}\nauthor A <a@x> {number} +0000\ncommitter A <a@x> {number} +0000\n{headers}\n{text}");
    }

    private static (int Start, int Stored) Column(byte[] segment, int column)
    {
        int start = SegmentHeader.Bytes;
        for (int i = 0; i < column; i++)
        {
            start += Stored(segment, i);
        }

        return (start, Stored(segment, column));
    }

    private static int Stored(byte[] segment, int column) => BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(24 + (column * 12)));
}
