using System.Text;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Tests.Protocol;

public sealed class MetaRequestsTests
{
    [Fact]
    public void Gets_are_quiet_and_closed_by_a_no_op()
    {
        ReadOnlyMemory<byte>[] keys = ["foo"u8.ToArray(), "never"u8.ToArray(), new byte[] { 0, 13, 10, 255 }];
        Assert.Equal("mg Zm9v b O4294967295 f v q\r\nmg AA0K/w== b O0 f v q\r\nmn\r\n", Text(MetaRequests.GetMany(keys, [0, 2], uint.MaxValue)));
    }

    [Fact]
    public void A_get_with_a_lease_says_for_how_long_and_asks_for_the_version()
        => Assert.Equal("mg Zm9v b O8 f v q c N30\r\nmn\r\n", Text(MetaRequests.GetMany([new ReadOnlyMemory<byte>("foo"u8.ToArray())], [0], 8, 30)));

    [Fact]
    public void A_set_carries_length_flags_and_expiry()
        => Assert.Equal("ms Zm9v 4 b F4294967295 T4294967295\r\na\r\nb\r\n", Text(MetaRequests.Set("foo"u8, "a\r\nb"u8, uint.MaxValue, uint.MaxValue)));

    [Fact]
    public void An_empty_value_is_a_value() => Assert.Equal("ms Zm9v 0 b F0 T0\r\n\r\n", Text(MetaRequests.Set("foo"u8, [], 0, 0)));

    [Fact]
    public void A_delete_names_its_key_and_may_name_a_version()
    {
        Assert.Equal("md Zm9v b\r\n", Text(MetaRequests.Delete("foo"u8)));
        Assert.Equal("md Zm9v b C18446744073709551615\r\n", Text(MetaRequests.Delete("foo"u8, ulong.MaxValue)));
    }

    [Fact]
    public void The_longest_key_fits_the_wire_limit()
    {
        string line = Text(MetaRequests.Delete(new byte[MemcachedOptions.KeyBytesMax]));
        Assert.InRange(line.Split(' ')[1].Length, 246, 250);
    }

    private static string Text(ArraySegment<byte> request) => Encoding.Latin1.GetString(request);
}
