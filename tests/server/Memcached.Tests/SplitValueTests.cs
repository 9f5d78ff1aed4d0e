using System.Security.Cryptography;
using Monorepo.Memcached.Chunks;
using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

public sealed class SplitValueTests : RealServers
{
    private static readonly byte[] Key = "large"u8.ToArray();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Values_over_the_item_limit_come_back_to_the_byte(int nodes)
    {
        var servers = new MemcachedServer[nodes];
        for (int i = 0; i < nodes; i++)
            servers[i] = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(servers));
        int itemPayloadBytes = (1 << 20) - MemcachedOptions.ItemOverheadBytes;
        foreach (int bytes in (int[])[itemPayloadBytes + 1, 2 * itemPayloadBytes, (2 * itemPayloadBytes) + 1, 20_000_000])
        {
            byte[] value = RandomNumberGenerator.GetBytes(bytes);
            Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, value, clientFlags: 9));
            CacheValue[] hits = await client.GetManyAsync([Key, "none"u8.ToArray(), Key]);
            Assert.Equal([true, false, true], hits.Select(h => h.IsHit));
            Assert.Equal(9u, hits[0].ClientFlags);
            Assert.True(hits[0].Bytes.Span.SequenceEqual(value));
            Assert.True(hits[2].Bytes.Span.SequenceEqual(value));
        }
    }

    [Fact]
    public async Task A_value_over_the_value_limit_is_not_sent()
    {
        MemcachedClient client = Connect(OptionsFor(await StartAsync()) with { ValueBytesMax = 2_000_000 });
        Assert.Equal(StoreOutcome.TooLarge, await client.SetAsync(Key, new byte[2_000_001]));
        Assert.Equal(0, client.Statistics[0].BytesSent);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, new byte[2_000_000]));
    }

    [Fact]
    public async Task One_call_puts_together_no_more_than_its_budget()
    {
        MemcachedClient client = Connect(OptionsFor(await StartAsync()) with { ValueBytesMax = 2_000_000, SplitBytesPerCallMax = 4_000_000 });
        await client.SetAsync(Key, new byte[2_000_000]);
        CacheValue[] values = await client.GetManyAsync([Key, Key, Key]);
        Assert.Equal([true, true, false], values.Select(v => v.IsHit));
    }

    [Fact]
    public async Task A_lost_a_short_and_a_foreign_chunk_make_a_miss()
    {
        MemcachedOptions options = OptionsFor(await StartAsync());
        MemcachedClient client = Connect(options);
        byte[] value = RandomNumberGenerator.GetBytes(3_000_000);
        ChunkManifest manifest = ChunkManifest.Of(value, options.ItemPayloadBytesMax);
        byte[] chunkKey = manifest.ChunkKey(1);
        (int offset, int bytes) = manifest.Extent(1);

        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, value));
        Assert.True((await client.GetAsync(chunkKey)).Bytes.Span.SequenceEqual(value.AsSpan(offset, bytes)));

        await client.SetAsync(chunkKey, value.AsMemory(offset, bytes - 1));
        Assert.False((await client.GetAsync(Key)).IsHit);
        await client.SetAsync(chunkKey, value.AsMemory(0, bytes));
        Assert.False((await client.GetAsync(Key)).IsHit);
        await client.DeleteAsync(chunkKey);
        Assert.False((await client.GetAsync(Key)).IsHit);

        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key, value));
        Assert.True((await client.GetAsync(Key)).IsHit);
    }

    [Fact]
    public async Task A_chunk_that_can_not_be_stored_leaves_no_manifest()
    {
        MemcachedServer up = await StartAsync(), down = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(up, down));
        await down.KillAsync();
        byte[] value = RandomNumberGenerator.GetBytes(20_000_000);
        byte[] key = [.. Enumerable.Range(0, 256).Select(i => (byte)i).Where(b => client.Ring.NodeOf([b]) == 0).Take(1)];
        Assert.Equal(StoreOutcome.Unavailable, await client.SetAsync(key, value));
        Assert.False((await client.GetAsync(key)).IsHit);
    }
}
