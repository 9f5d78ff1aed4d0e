namespace Monorepo.Memcached.Tests;

public sealed class MemcachedEndpointTests
{
    [Theory]
    [InlineData("cache", "cache", 11211, 1)]
    [InlineData("10.0.0.1:11311", "10.0.0.1", 11311, 1)]
    [InlineData("cache:65535:1000", "cache", 65535, 1000)]
    [InlineData("[::1]", "::1", 11211, 1)]
    [InlineData("[2001:db8::7]:11212:3", "2001:db8::7", 11212, 3)]
    [InlineData("[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1, 1)]
    public void Host_port_and_weight_are_read(string text, string host, int port, int weight)
    {
        Assert.True(MemcachedEndpoint.TryParse(text, out MemcachedEndpoint endpoint));
        Assert.Equal(new MemcachedEndpoint(host, port, weight), endpoint);
        Assert.True(MemcachedEndpoint.TryParse($"{endpoint}:{weight}", out MemcachedEndpoint again));
        Assert.Equal(endpoint, again);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(":11211")]
    [InlineData("cache:")]
    [InlineData("cache:0")]
    [InlineData("cache:65536")]
    [InlineData("cache:-1")]
    [InlineData("cache: 11211")]
    [InlineData("cache:11211:0")]
    [InlineData("cache:11211:1001")]
    [InlineData("cache:11211:1:1")]
    [InlineData("::1")]
    [InlineData("[::1")]
    [InlineData("[]:1")]
    [InlineData("[::1]1")]
    [InlineData("[[::1]]:1")]
    [InlineData("[10.0.0.1]:1")]
    [InlineData("[::1%lo]:1")]
    [InlineData("[cache]:1")]
    public void Anything_else_is_refused(string? text) => Assert.False(MemcachedEndpoint.TryParse(text, out _));
}
