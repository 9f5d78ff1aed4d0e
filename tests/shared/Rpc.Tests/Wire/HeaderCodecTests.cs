using FsCheck;
using FsCheck.Fluent;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Tests.Wire;

public sealed class HeaderCodecTests
{
    [Theory]
    [InlineData("plain text ~", "plain text ~")]
    [InlineData("100%", "100%25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ß", "%C3%9F")]
    [InlineData("\u007f", "%7F")]
    public void Percent_encoding(string text, string encoded)
    {
        Assert.Equal(encoded, PercentEncoding.Encode(text));
        Assert.Equal(text, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz", "%zz")]
    [InlineData("%c3%9f", "ß")]
    [InlineData("%FF", "\uFFFD")]
    public void Percent_decoding_is_lenient(string encoded, string text) => Assert.Equal(text, PercentEncoding.Decode(encoded));

    [Fact]
    public void Any_text_comes_back_from_percent_encoding_as_printable_ascii()
        => Prop.ForAll<NonNull<string>>(text =>
        {
            string wellFormed = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Get));
            string encoded = PercentEncoding.Encode(wellFormed);
            return encoded.All(c => c is >= ' ' and <= '~') && PercentEncoding.Decode(encoded) == wellFormed;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, "1n")]
    [InlineData(-5, "1n")]
    [InlineData(1, "100n")]
    [InlineData(999_999, "99999900n")]
    [InlineData(1_000_000, "100000u")]
    [InlineData(1_000_001, "100001u")]
    [InlineData(TimeSpan.TicksPerMinute, "60000000u")]
    [InlineData(TimeSpan.TicksPerHour * 24, "86400000m")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Timeout_is_encoded_in_eight_digits(long ticks, string expected)
        => Assert.Equal(expected, TimeoutHeader.Encode(TimeSpan.FromTicks(ticks)));

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("7u", 70)]
    [InlineData("0S", 0)]
    [InlineData("99999999H", 99_999_999 * TimeSpan.TicksPerHour)]
    public void Timeout_is_parsed(string text, long ticks)
    {
        Assert.True(TimeoutHeader.TryParse(text, out TimeSpan timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData(" 1S")]
    [InlineData("123456789S")]
    [InlineData("٣S")]
    public void Timeout_outside_the_grammar_is_refused(string text) => Assert.False(TimeoutHeader.TryParse(text, out _));

    [Fact]
    public void Timeout_never_gets_shorter_and_hardly_longer()
        => Prop.ForAll<PositiveInt, NonNegativeInt>((value, shift) =>
        {
            TimeSpan timeout = TimeSpan.FromTicks((long)value.Get << (shift.Get % 28));
            return TimeoutHeader.TryParse(TimeoutHeader.Encode(timeout), out TimeSpan parsed)
                && parsed >= timeout
                && parsed.Ticks - timeout.Ticks <= timeout.Ticks / 1000;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_come_back_from_a_binary_header_with_and_without_padding()
        => Prop.ForAll<byte[]>(bytes =>
        {
            string text = BinaryHeader.Encode(bytes);
            return !text.Contains('=', StringComparison.Ordinal)
                && text.Length == BinaryHeader.EncodedLength(bytes.Length)
                && BinaryHeader.TryDecode(text, out byte[]? plain) && plain.SequenceEqual(bytes)
                && BinaryHeader.TryDecode(Convert.ToBase64String(bytes), out byte[]? padded) && padded.SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("A")]
    [InlineData("AA=")]
    [InlineData("AA===")]
    [InlineData("=")]
    [InlineData("A A=")]
    [InlineData("AA_-")]
    [InlineData("ÄÄÄÄ")]
    public void Not_base64_is_refused(string text) => Assert.False(BinaryHeader.TryDecode(text, out _));
}
