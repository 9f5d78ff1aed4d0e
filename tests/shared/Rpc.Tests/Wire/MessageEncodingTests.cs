using System.Buffers;
using System.Text;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Tests.Wire;

public sealed class MessageEncodingTests
{
    [Fact]
    public void Gzip_comes_back_and_a_bomb_does_not()
    {
        byte[] message = new byte[1_000_000];
        byte[] compressed = MessageEncoding.GzipCompress(message);
        Assert.InRange(compressed.Length, 20, 20_000);
        Assert.Equal(DecompressResult.Done, Decompress(compressed, message.Length, out byte[] back));
        Assert.Equal(message, back);
        Assert.Equal(DecompressResult.TooLarge, Decompress(compressed, message.Length - 1, out _));

        // A bomb that lies about its size is stopped at the size it claims.
        compressed.AsSpan(compressed.Length - 4).Clear();
        Assert.Equal(DecompressResult.Corrupt, Decompress(compressed, message.Length, out _));
    }

    [Fact]
    public void Any_flipped_byte_after_the_header_and_any_truncation_is_corrupt()
    {
        byte[] compressed = MessageEncoding.GzipCompress(Encoding.ASCII.GetBytes("some text, some text, some text"));
        for (int i = 10; i < compressed.Length; i++)
        {
            byte[] flipped = [.. compressed];
            flipped[i] ^= 0x55;
            Assert.NotEqual(DecompressResult.Done, Decompress(flipped, 1000, out _));
        }

        for (int length = 1; length < compressed.Length; length++)
            Assert.NotEqual(DecompressResult.Done, Decompress(compressed[..length], 1000, out _));
    }

    [Fact]
    public void Nothing_is_the_empty_message_as_some_peers_compress_it()
    {
        Assert.Equal(DecompressResult.Done, Decompress([], 1000, out byte[] message));
        Assert.Empty(message);
    }

    [Theory]
    [InlineData(null, true, RpcCompression.Identity)]
    [InlineData("identity", true, RpcCompression.Identity)]
    [InlineData("gzip", true, RpcCompression.Gzip)]
    [InlineData("deflate", false, RpcCompression.Identity)]
    public void Names(string? name, bool known, RpcCompression expected)
    {
        Assert.Equal(known, MessageEncoding.TryParse(name, out RpcCompression compression));
        Assert.Equal(expected, compression);
    }

    private static DecompressResult Decompress(byte[] compressed, int limitBytes, out byte[] message)
        => MessageEncoding.TryGzipDecompress(new ReadOnlySequence<byte>(compressed), limitBytes, out message);
}
