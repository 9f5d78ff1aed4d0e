using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Tests.Protocol;

public sealed class MetaResponseReaderTests
{
    private const int ValueBytesMax = 100;

    private const string Everything =
        "VA 3 O7 f5\r\nabc\r\nHD\r\nVA 0 O4294967295 f4294967295 c18446744073709551615 W\r\n\r\nEN\r\nNS\r\nEX\r\nNF\r\nSERVER_ERROR out of memory\r\nVA 4 f0 Z X O0\r\n\r\n\r\n\r\nMN\r\n";

    private static readonly string[] EverythingParsed =
        ["Value 7 f5 c0 None [abc]", "Done", "Value 4294967295 f4294967295 c18446744073709551615 Won []", "Miss", "NotStored", "Exists", "NotFound", "ServerError", "Value 0 f0 c0 Lost stale [\r\n\r\n]", "NoOp"];

    [Fact]
    public void Every_answer_is_read_from_one_piece() => Assert.Equal(EverythingParsed, ReadAll(Bytes(Everything)), StringComparer.Ordinal);

    [Fact]
    public void Every_split_gives_the_same_answers()
    {
        byte[] bytes = Bytes(Everything);
        for (int at = 0; at <= bytes.Length; at++)
            Assert.Equal(EverythingParsed, ReadAll(bytes[..at], bytes[at..]), StringComparer.Ordinal);
    }

    [Fact]
    public void One_byte_at_a_time_gives_the_same_answers()
        => Assert.Equal(EverythingParsed, ReadAll([.. Bytes(Everything).Select(b => new[] { b })]), StringComparer.Ordinal);

    [Fact]
    public void A_truncation_gives_the_answers_before_it_and_is_noticed()
    {
        byte[] bytes = Bytes(Everything);
        for (int bytesKept = 0; bytesKept < bytes.Length; bytesKept++)
        {
            var reader = new MetaResponseReader(ValueBytesMax);
            List<string> seen = Feed(reader, bytes[..bytesKept]);
            Assert.Equal(EverythingParsed.Take(seen.Count), seen, StringComparer.Ordinal);
            Assert.True(seen.Count < EverythingParsed.Length);
            Assert.Equal(EndsAtBoundary(bytesKept), reader.IsIdle);
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("HD\n")]
    [InlineData("HD \r\n")]
    [InlineData("HD k\r\n")]
    [InlineData("hd\r\n")]
    [InlineData("ERROR\r\n")]
    [InlineData("CLIENT_ERROR bad data chunk\r\n")]
    [InlineData("SERVER_ERROR\r\n")]
    [InlineData("STORED\r\n")]
    [InlineData("VALUE k 0 1\r\n")]
    [InlineData("VA\r\n")]
    [InlineData("VA \r\n")]
    [InlineData("VA 1\r\n")]
    [InlineData("VA 1 O1\r\n")]
    [InlineData("VA 1 f0\r\n")]
    [InlineData("VA 1 O1 f0 \r\n")]
    [InlineData("VA 1  O1 f0\r\n")]
    [InlineData("VA  1 O1 f0\r\n")]
    [InlineData("VA 1 O1 O1 f0\r\n")]
    [InlineData("VA 1 O1 f0 f0\r\n")]
    [InlineData("VA 1 O1 W Z f0\r\n")]
    [InlineData("VA 1 O1 f0 s1\r\n")]
    [InlineData("VA 1 O1 f0 kx\r\n")]
    [InlineData("VA 1 O1 f0 X X\r\n")]
    [InlineData("VA 1 O1 f0 c\r\n")]
    [InlineData("VA 1 O1 f0 c1 c1\r\n")]
    [InlineData("VA 1 O1 f0 c18446744073709551616\r\n")]
    [InlineData("VA 1 O4294967296 f0\r\n")]
    [InlineData("VA 1 Ox f0\r\n")]
    [InlineData("VA 1 O f0\r\n")]
    [InlineData("VA 1 O1 f\r\n")]
    [InlineData("VA 1 O1 f4294967296\r\n")]
    [InlineData("VA 1 O1 f-1\r\n")]
    [InlineData("VA 1 O1 f+1\r\n")]
    [InlineData("VA 1 O1 W1 f0\r\n")]
    [InlineData("VA -1 O1 f0\r\n")]
    [InlineData("VA +1 O1 f0\r\n")]
    [InlineData("VA 01 O1 f0\r\n")]
    [InlineData("VA 1x O1 f0\r\n")]
    [InlineData("VA 101 O1 f0\r\n")]
    [InlineData("VA 4294967295 O1 f0\r\n")]
    [InlineData("VA 99999999999999999999 O1 f0\r\n")]
    [InlineData("VA 1 O1\u0001 f0\r\n")]
    [InlineData("VA 1 O1\rf0\r\n")]
    [InlineData("VA 1 O1 f0\r\nab\r\n")]
    [InlineData("VA 1 O1 f0\r\na\n")]
    [InlineData("VA 1 O1 f0\r\na\rx")]
    public void Garbage_is_refused(string garbage)
    {
        Assert.Throws<MetaProtocolException>(() => Feed(new MetaResponseReader(ValueBytesMax), Bytes(garbage)));
        Assert.Throws<MetaProtocolException>(() => ReadAll([.. Bytes(garbage).Select(b => new[] { b })]));
    }

    [Fact]
    public void A_line_without_end_is_refused_at_the_limit()
    {
        var reader = new MetaResponseReader(ValueBytesMax);
        Assert.Empty(Feed(reader, new byte[MetaResponseReader.LineBytesMax]));
        Assert.Throws<MetaProtocolException>(() => Feed(reader, [1]));
    }

    [Fact]
    public void The_largest_value_is_read_and_one_more_byte_is_refused()
    {
        byte[] largest = Bytes($"VA {ValueBytesMax} O1 f0\r\n{new string('v', ValueBytesMax)}\r\n");
        Assert.Single(ReadAll(largest));
        Assert.Throws<MetaProtocolException>(() => ReadAll(Bytes($"VA {ValueBytesMax + 1} O1 f0\r\n")));
    }

    [Fact]
    public void Random_bytes_never_do_anything_but_parse_or_refuse() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        bytes =>
        {
            try
            {
                return ReadAll(bytes).Count <= bytes.Length;
            }
            catch (MetaProtocolException)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_changed_byte_never_does_anything_but_parse_or_refuse()
    {
        byte[] original = Bytes(Everything);
        for (int at = 0; at < original.Length; at++)
        {
            for (int value = 0; value < 256; value += 5)
            {
                byte[] changed = [.. original];
                changed[at] = (byte)value;
                try
                {
                    Assert.True(ReadAll(changed).Count <= EverythingParsed.Length + 1);
                }
                catch (MetaProtocolException)
                {
                    // Refused is the other good ending.
                }
            }
        }
    }

    private static bool EndsAtBoundary(int bytesKept)
    {
        // The answers' own lengths, from the text above.
        int[] ends = [0, 17, 21, 77, 81, 85, 89, 93, 121, 143, 147];
        return Array.IndexOf(ends, bytesKept) >= 0;
    }

    private static List<string> ReadAll(params byte[][] pieces)
    {
        var reader = new MetaResponseReader(ValueBytesMax);
        return [.. pieces.SelectMany(piece => Feed(reader, piece))];
    }

    private static List<string> Feed(MetaResponseReader reader, byte[] piece)
    {
        var seen = new List<string>();
        ReadOnlySpan<byte> input = piece;
        while (reader.TryRead(ref input, out MetaResponse response))
        {
            seen.Add(response.Status == MetaStatus.Value
                ? $"Value {response.Number} f{response.ClientFlags} c{response.Version} {response.Lease}{(response.IsStale ? " stale" : "")} [{Encoding.Latin1.GetString(response.Value!)}]"
                : response.Status.ToString());
        }

        Assert.True(input.IsEmpty);
        return seen;
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
