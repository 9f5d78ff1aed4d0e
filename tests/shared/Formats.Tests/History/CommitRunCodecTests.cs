using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.Tests.History;

public sealed class CommitRunCodecTests
{
    // Sizes 3, 0 and 130 (two bytes), as FORMAT.md lays them out.
    private const string GoldenRaw = "03616263" + "00" + "8201";

    // The same as one zstd frame: magic, single-segment header with the content's size, one raw block, 'z' 130 times.
    private static readonly string s_goldenFrame =
        "28b52ffd" + "2089" + "490400" + GoldenRaw + string.Concat(Enumerable.Repeat("7a", 130));

    private static readonly byte[][] s_goldenBodies = ["abc"u8.ToArray(), [], [.. Enumerable.Repeat((byte)'z', 130)]];

    [Fact]
    public void Golden_bytes_unpack()
    {
        CommitRun run = new() { Position = 7, Count = 3, Bodies = Hex(s_goldenFrame), BodiesSize = 137 };
        Assert.Equal(s_goldenBodies, CommitRunCodec.Unpack(run).Select(b => b.ToArray()));
    }

    [Fact]
    public void What_is_packed_has_the_golden_layout()
    {
        CommitRun run = Pack(7, s_goldenBodies);
        byte[] raw = new byte[run.BodiesSize];
        ZstdCodec.Decompress(run.Bodies.Span, raw);
        Assert.Equal(GoldenRaw + string.Concat(Enumerable.Repeat("7a", 130)), Convert.ToHexStringLower(raw));
        Assert.Equal((7UL, 3U), (run.Position, run.Count));
    }

    [Fact]
    public void Any_bodies_survive()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>().Filter(b => b.Length > 0 && b.All(x => x is not null)), bodies =>
            CommitRunCodec.Unpack(CommitRun.Parser.ParseFrom(Pack(0, bodies).ToByteArray())).Select(b => Convert.ToHexString(b.Span))
                .SequenceEqual(bodies.Select(Convert.ToHexString), StringComparer.Ordinal))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_truncation_of_the_frame_is_corrupt()
    {
        CommitRun whole = Pack(0, s_goldenBodies);
        for (int length = 0; length < whole.Bodies.Length; length++)
        {
            CommitRun cut = new(whole) { Bodies = ByteString.CopyFrom(whole.Bodies.Span[..length]) };
            Assert.Throws<CorruptCommitRunException>(() => CommitRunCodec.Unpack(cut));
        }
    }

    [Fact]
    public void Every_truncation_of_the_content_is_corrupt()
    {
        byte[] raw = Convert.FromHexString(GoldenRaw + string.Concat(Enumerable.Repeat("7a", 130)));
        Assert.Equal(3, CommitRunCodec.Unpack(Sealed(3, raw)).Count);
        for (int length = 0; length < raw.Length; length++)
        {
            CommitRun cut = Sealed(3, raw[..length]);
            Assert.Throws<CorruptCommitRunException>(() => CommitRunCodec.Unpack(cut));
        }
    }

    [Theory]
    [InlineData(1, "00ff")] // bytes left over
    [InlineData(2, "00")] // a commit short
    [InlineData(1, "8000")] // not the shortest form of 0
    [InlineData(1, "83006162")] // not the shortest form of 3, and past the end
    [InlineData(1, "ffffffffff00")] // longer than any size
    [InlineData(1, "ffffffff0f")] // past the end by far
    public void Bad_content_is_corrupt(uint count, string raw) =>
        Assert.Throws<CorruptCommitRunException>(() => CommitRunCodec.Unpack(Sealed(count, Convert.FromHexString(raw))));

    [Fact]
    public void Numbers_out_of_range_are_corrupt()
    {
        CommitRun good = Pack(0, s_goldenBodies);
        CommitRun[] bad =
        [
            new(good) { Count = 0 },
            new(good) { Count = CommitRunCodec.CommitsMax + 1 },
            new(good) { Position = ulong.MaxValue },
            new(good) { Position = long.MaxValue },
            new(good) { BodiesSize = good.BodiesSize + 1 },
            new(good) { BodiesSize = good.BodiesSize - 1 },
            new(good) { BodiesSize = CommitRunCodec.DecodedBytesMax + 1 },
            new(good) { Count = 1, BodiesSize = uint.MaxValue },
            new(good) { Count = 1, BodiesSize = 0x7FFF_FFC7 },
        ];
        Assert.All(bad, run => Assert.Throws<CorruptCommitRunException>(() => CommitRunCodec.Unpack(run)));
    }

    [Fact]
    public void One_commit_may_be_larger_than_a_run_of_several()
    {
        byte[] large = new byte[CommitRunCodec.DecodedBytesMax + 1];
        large[^1] = 1;
        Assert.Equal(large, Assert.Single(CommitRunCodec.Unpack(Pack(0, [large]))).ToArray());
        Assert.Throws<ArgumentException>(() => Pack(0, [large, []]));
    }

    [Fact]
    public void Packing_keeps_the_limits()
    {
        byte[][] most = new byte[CommitRunCodec.CommitsMax][];
        Array.Fill(most, []);
        Assert.Equal(most.Length, CommitRunCodec.Unpack(Pack(0, most)).Count);
        Assert.Throws<ArgumentException>(() => Pack(0, [.. most, []]));
        Assert.Throws<ArgumentException>(() => Pack(0, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pack(-1, s_goldenBodies));
    }

    [Fact]
    public void Encoded_bytes_counts_the_size_and_the_body()
    {
        Assert.Equal([1, 128, 130, 16_387], new[] { 0, 127, 128, 16_384 }.Select(CommitRunCodec.EncodedBytes));
        byte[] body = Encoding.ASCII.GetBytes(new string('x', 300));
        Assert.Equal(CommitRunCodec.EncodedBytes(300), Pack(0, [body]).BodiesSize);
    }

    private static CommitRun Pack(long position, IEnumerable<byte[]> bodies) =>
        CommitRunCodec.Pack(position, [.. bodies.Select(b => (ReadOnlyMemory<byte>)b)]);

    private static CommitRun Sealed(uint count, byte[] raw)
    {
        byte[] frame = new byte[ZstdCodec.CompressBound(raw.Length)];
        int length = ZstdCodec.Compress(raw, frame, ZstdCodec.DefaultLevel);
        return new CommitRun { Count = count, Bodies = ByteString.CopyFrom(frame.AsSpan(0, length)), BodiesSize = (uint)raw.Length };
    }

    private static ByteString Hex(string hex) => ByteString.CopyFrom(Convert.FromHexString(hex));
}
