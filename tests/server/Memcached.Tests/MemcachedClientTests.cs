using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

public sealed class MemcachedClientTests : RealServers
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(600_000)]
    [InlineData((1 << 20) - MemcachedOptions.ItemOverheadBytes)]
    public async Task A_value_comes_back_to_the_byte(int bytes)
    {
        MemcachedClient client = await StartOneAsync();
        byte[] key = RandomNumberGenerator.GetBytes(MemcachedOptions.KeyBytesMax);
        byte[] value = RandomNumberGenerator.GetBytes(bytes);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(key, value, clientFlags: 0x7FFF_FFFF, TimeSpan.FromHours(1)));
        CacheValue hit = await client.GetAsync(key);
        Assert.True(hit.IsHit);
        Assert.Equal(0x7FFF_FFFFu, hit.ClientFlags);
        Assert.Equal(value, hit.Bytes.ToArray());
        Assert.Equal(1, client.Statistics[0].Stores);
    }

    [Fact]
    public async Task Any_bytes_can_be_a_key()
    {
        MemcachedClient client = await StartOneAsync();
        byte[][] keys = [.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b }), "a b"u8.ToArray(), "\r\nmn\r\n"u8.ToArray()];
        foreach (byte[] key in keys)
            Assert.Equal(StoreOutcome.Stored, await client.SetAsync(key, key));
        CacheValue[] hits = await client.GetManyAsync([.. keys.Select(k => (ReadOnlyMemory<byte>)k)]);
        for (int i = 0; i < keys.Length; i++)
            Assert.Equal(keys[i], hits[i].Bytes.ToArray());
    }

    [Fact]
    public async Task Many_keys_are_answered_in_order_across_nodes_and_batches()
    {
        MemcachedServer[] servers = [await StartAsync(), await StartAsync(), await StartAsync()];
        MemcachedClient client = Connect(OptionsFor(servers));
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, 5000).Select(Key)];
        await Task.WhenAll(Enumerable.Range(0, keys.Length).Where(i => i % 3 != 0).Select(i => client.SetAsync(keys[i], Value(i), (uint)i)));

        CacheValue[] values = await client.GetManyAsync(keys);

        for (int i = 0; i < keys.Length; i++)
        {
            Assert.Equal(i % 3 != 0, values[i].IsHit);
            if (values[i].IsHit)
            {
                Assert.Equal(Value(i), values[i].Bytes.ToArray());
                Assert.Equal((uint)i, values[i].ClientFlags);
            }
        }

        for (int node = 0; node < servers.Length; node++)
        {
            NodeStatistics statistics = client.Statistics[node];
            int[] held = [.. Enumerable.Range(0, keys.Length).Where(i => client.Ring.NodeOf(keys[i].Span) == node)];
            Assert.Equal(held.Count(i => i % 3 != 0), statistics.Stores);
            Assert.Equal(held.Count(i => i % 3 != 0), statistics.Hits);
            Assert.Equal(held.Count(i => i % 3 == 0), statistics.Misses);
            Assert.Equal(held.Where(i => i % 3 != 0).Sum(i => Value(i).Length), statistics.HitBytes);
            Assert.Equal(0, statistics.UnansweredGets + statistics.ConnectionErrors + statistics.Timeouts + statistics.ProtocolErrors);
            Assert.True(statistics.BytesReceived > statistics.HitBytes && statistics.BytesSent > statistics.HitBytes);
        }
    }

    [Fact]
    public async Task The_same_key_twice_in_one_call_is_answered_twice()
    {
        MemcachedClient client = await StartOneAsync();
        await client.SetAsync(Key(1), Value(1));
        CacheValue[] values = await client.GetManyAsync([Key(1), Key(2), Key(1)]);
        Assert.Equal([true, false, true], values.Select(v => v.IsHit));
        Assert.Equal(Value(1), values[2].Bytes.ToArray());
    }

    [Fact]
    public async Task Nothing_asked_is_nothing_answered() => Assert.Empty(await (await StartOneAsync()).GetManyAsync([]));

    [Fact]
    public async Task A_deleted_value_is_a_miss()
    {
        MemcachedClient client = await StartOneAsync();
        await client.SetAsync(Key(1), Value(1));
        Assert.True(await client.DeleteAsync(Key(1)));
        Assert.False((await client.GetAsync(Key(1))).IsHit);
        Assert.True(await client.DeleteAsync(Key(1)));
    }

    [Fact]
    public async Task An_expiry_in_the_past_of_the_server_is_a_miss()
    {
        // Over thirty days goes as Unix time; by this clock of 1970 that is long gone for the server.
        MemcachedClient client = Connect(OptionsFor(await StartAsync()), new Fakes.ManualTime(DateTimeOffset.UnixEpoch));
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key(1), Value(1), 0, TimeSpan.FromDays(31)));
        Assert.False((await client.GetAsync(Key(1))).IsHit);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key(1), Value(1), 0, TimeSpan.FromDays(30)));
        Assert.True((await client.GetAsync(Key(1))).IsHit);
    }

    [Fact]
    public async Task Items_of_clients_with_text_keys_are_read()
    {
        MemcachedServer server = await StartAsync();
        using var other = new TcpClient();
        await other.ConnectAsync(server.Host, server.Port);
        await other.GetStream().WriteAsync("set plain 7 0 2\r\nhi\r\n"u8.ToArray());
        byte[] answer = new byte[8];
        await other.GetStream().ReadExactlyAsync(answer);
        Assert.Equal("STORED\r\n"u8.ToArray(), answer);

        CacheValue hit = await Connect(OptionsFor(server)).GetAsync("plain"u8.ToArray());
        Assert.Equal("hi"u8.ToArray(), hit.Bytes.ToArray());
        Assert.Equal(7u, hit.ClientFlags);
    }

    [Fact]
    public async Task A_refused_value_leaves_the_connection_usable()
    {
        MemcachedServer server = await StartAsync("-I", "512k");
        MemcachedClient client = Connect(OptionsFor(server) with { ConnectionsPerNode = 1 });
        Task<StoreOutcome> refused = client.SetAsync(Key(1), new byte[900_000]);
        Task<StoreOutcome> stored = client.SetAsync(Key(2), Value(2));
        Assert.Equal(StoreOutcome.Refused, await refused);
        Assert.Equal(StoreOutcome.Stored, await stored);
        Assert.True((await client.GetAsync(Key(2))).IsHit);
        NodeStatistics statistics = Assert.Single(client.Statistics);
        Assert.Equal((1L, 1L, 0L, 0L), (statistics.ServerErrors, statistics.FailedStores, statistics.ProtocolErrors, statistics.ConnectionErrors));
    }

    [Fact]
    public async Task Concurrent_callers_get_their_own_values()
    {
        MemcachedClient client = Connect(OptionsFor(await StartAsync(), await StartAsync()) with { PipelineOperationsMax = 4, InFlightBytesMax = 2 << 20 });
        await Task.WhenAll(Enumerable.Range(0, 64).Select(caller => Task.Run(async () =>
        {
            for (int round = 0; round < 20; round++)
            {
                int number = (caller * 1000) + round;
                Assert.Equal(StoreOutcome.Stored, await client.SetAsync(Key(number), Value(number)));
                CacheValue[] values = await client.GetManyAsync([Key(number), Key(-number - 1), Key(caller * 1000)]);
                Assert.Equal(Value(number), values[0].Bytes.ToArray());
                Assert.False(values[1].IsHit);
                Assert.Equal(Value(caller * 1000), values[2].Bytes.ToArray());
            }
        })));
    }

    [Fact]
    public async Task Misuse_throws()
    {
        MemcachedClient client = await StartOneAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync(Array.Empty<byte>()));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync(new byte[MemcachedOptions.KeyBytesMax + 1]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.SetAsync(Key(1), Value(1), MemcachedOptions.ClientFlagsMax + 1));
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetAsync(Key(1)));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        var good = new MemcachedOptions { Nodes = [new MemcachedEndpoint("a")] };
        using (new MemcachedClient(good))
        {
            // No server is contacted before it is needed.
        }

        MemcachedOptions[] bad =
        [
            good with { Nodes = [] },
            good with { Nodes = [new MemcachedEndpoint("a"), new MemcachedEndpoint("a")] },
            good with { Nodes = [default] },
            good with { ConnectionsPerNode = 0 },
            good with { PipelineOperationsMax = 0 },
            good with { KeysPerBatchMax = 0 },
            good with { FailuresToOpen = 0 },
            good with { ItemBytesMax = 1000 },
            good with { ValueBytesMax = 1000 },
            good with { InFlightBytesMax = 1000 },
            good with { SplitBytesPerCallMax = 1000 },
            good with { ConnectTimeout = TimeSpan.Zero },
            good with { OperationTimeout = TimeSpan.Zero },
            good with { ProbeInterval = TimeSpan.Zero },
            good with { ProbeIntervalMax = TimeSpan.Zero },
        ];
        Assert.All(bad, options => Assert.Throws<ArgumentException>(() => new MemcachedClient(options)));
    }

    private static ReadOnlyMemory<byte> Key(int number) => Encoding.ASCII.GetBytes($"object {number}");

    private static byte[] Value(int number) => SHA256.HashData(BitConverter.GetBytes(number))[..(number & 31)];
}
