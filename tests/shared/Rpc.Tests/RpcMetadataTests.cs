namespace Monorepo.Rpc.Tests;

public sealed class RpcMetadataTests
{
    [Theory]
    [InlineData("grpc-anything", "x")]
    [InlineData("content-type", "x")]
    [InlineData("with space", "x")]
    [InlineData("ünicode", "x")]
    [InlineData("key-bin", "x")]
    [InlineData("key", "new\nline")]
    [InlineData("key", " padded")]
    [InlineData("key", "ü")]
    public void Entries_that_could_not_arrive_are_refused(string key, string value)
        => Assert.Throws<ArgumentException>(() => new RpcMetadata().Add(key, value));

    [Fact]
    public void Keys_are_lower_case_repeat_and_keep_their_order()
    {
        RpcMetadata metadata = new();
        metadata.Add("Key", "one");
        metadata.Add("other-bin", [1]);
        metadata.Add("KEY", "two");
        Assert.Equal(["key", "other-bin", "key"], metadata.Select(entry => entry.Key));
        Assert.Equal("two", metadata.GetValue("kEY"));
        Assert.Equal([1], metadata.GetValueBytes("other-bin")!.Value.ToArray());
        Assert.Null(metadata.GetValue("other-bin"));
        Assert.Throws<ArgumentException>(() => metadata.Add("other", [1]));
    }

    [Fact]
    public void Size_is_limited_when_added_and_when_received()
    {
        RpcMetadata metadata = new();
        metadata.Add("k", new string('v', RpcLimits.MetadataBytesMax - 1));
        Assert.Throws<ArgumentException>(() => metadata.Add("l", ""));
        Assert.False(metadata.TryAddFromWire("l", ""));
        Assert.Single(metadata);
    }

    [Fact]
    public void Joined_binary_values_from_the_wire_are_taken_apart()
    {
        RpcMetadata metadata = new();
        Assert.True(metadata.TryAddFromWire("k-bin", "AQ, Ag==,"));
        Assert.Equal([[1], [2], []], metadata.Select(entry => entry.ValueBytes.ToArray()));
        Assert.False(metadata.TryAddFromWire("k-bin", "!"));
        Assert.True(metadata.TryAddFromWire("grpc-status", "0"));
        Assert.Equal(3, metadata.Count);
    }
}
