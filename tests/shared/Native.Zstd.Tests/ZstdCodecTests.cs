namespace Monorepo.Native.Zstd.Tests;

public sealed class ZstdCodecTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public void Frames_go_round(int size)
    {
        byte[] body = new byte[size];
        new Random(size).NextBytes(body.AsSpan(0, size / 2));
        byte[] frame = new byte[ZstdCodec.CompressBound(size)];
        int length = ZstdCodec.Compress(body, frame, ZstdCodec.FastLevel);
        byte[] back = new byte[size];
        ZstdCodec.Decompress(frame.AsSpan(0, length), back);
        Assert.Equal(body, back);
    }

    [Fact]
    public void A_context_for_once_makes_the_same_frame()
    {
        byte[] body = new byte[50_000];
        new Random(3).NextBytes(body.AsSpan(0, 10_000));
        byte[] frame = new byte[ZstdCodec.CompressBound(body.Length)];
        byte[] again = new byte[frame.Length];
        Assert.Equal(ZstdCodec.Compress(body, frame, ZstdCodec.DefaultLevel), ZstdCodec.CompressOnce(body, again, ZstdCodec.DefaultLevel));
        Assert.Equal(frame, again);
        Assert.Throws<ZstdException>(() => ZstdCodec.CompressOnce(body, new byte[3], ZstdCodec.DefaultLevel));
    }

    [Fact]
    public void A_frame_that_refers_to_a_prefix_is_read_with_it_only()
    {
        byte[] prefix = new byte[30_000];
        new Random(4).NextBytes(prefix);
        byte[] body = [.. prefix.AsSpan(1_000, 20_000), 1, 2, 3];
        byte[] frame = new byte[ZstdCodec.CompressBound(body.Length)];
        int length = ZstdCodec.CompressAfter(prefix, body, frame, 9);
        Assert.InRange(length, 1, 200);
        byte[] back = new byte[body.Length];
        ZstdCodec.DecompressAfter(prefix, frame.AsSpan(0, length), back);
        Assert.Equal(body, back);
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame.AsSpan(0, length), back));
        Assert.Throws<ZstdException>(() => ZstdCodec.DecompressAfter(prefix, frame.AsSpan(0, length - 1), back));

        // What was left in the middle before does not matter.
        ZstdCodec.DecompressStart(frame.AsSpan(0, ZstdCodec.Compress(new byte[200_000], frame, 1)), new byte[10]);
        Assert.Throws<ZstdException>(() => ZstdCodec.CompressAfter(prefix, new byte[1000], new byte[3], 9));
        length = ZstdCodec.CompressAfter(prefix, body, frame, 9);
        ZstdCodec.DecompressAfter(prefix, frame.AsSpan(0, length), back);
        Assert.Equal(body, back);

        // Neither the prefix nor the failure stays with the thread's contexts.
        length = ZstdCodec.Compress(body, frame, 9);
        Assert.InRange(length, 20_000, 30_000);
        ZstdCodec.Decompress(frame.AsSpan(0, length), back);
        Assert.Equal(body, back);
    }

    [Fact]
    public void Damage_and_wrong_sizes_are_errors()
    {
        byte[] frame = new byte[200];
        int length = ZstdCodec.Compress(new byte[1000], frame, ZstdCodec.DefaultLevel);
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame.AsSpan(0, length), new byte[999]));
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame.AsSpan(0, length), new byte[1001]));
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress(frame.AsSpan(0, length - 1), new byte[1000]));
        Assert.Throws<ZstdException>(() => ZstdCodec.Decompress("not a frame"u8, new byte[1000]));
        Assert.Throws<ZstdException>(() => ZstdCodec.Compress(new byte[1000], new byte[3], ZstdCodec.DefaultLevel));
    }
}
