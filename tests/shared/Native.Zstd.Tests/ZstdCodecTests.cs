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
