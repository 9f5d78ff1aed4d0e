using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

public sealed class ProbeTests : RealServers
{
    [Fact]
    public async Task Probes_say_what_is_there_in_the_order_asked_across_nodes_and_batches()
    {
        MemcachedServer[] servers = [await StartAsync(), await StartAsync(), await StartAsync()];
        MemcachedClient client = Connect(OptionsFor(servers));
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, 2_000).Select(i => (ReadOnlyMemory<byte>)BitConverter.GetBytes(i))];
        await Task.WhenAll(Enumerable.Range(0, keys.Length).Where(i => i % 3 == 0).Select(i => client.SetAsync(keys[i], new byte[i])));
        Assert.Equal(Enumerable.Range(0, keys.Length).Select(i => i % 3 == 0), await client.ContainsManyAsync(keys));
        Assert.Equal(0, client.Statistics.Sum(s => s.Hits + s.Misses));
    }

    [Fact]
    public async Task A_lease_is_no_value()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor([server]));
        CacheLease[] leases = await client.GetOrLeaseAsync(["k"u8.ToArray()], TimeSpan.FromMinutes(1));
        Assert.Equal(LeaseOutcome.Won, leases[0].Outcome);
        Assert.False((await client.ContainsManyAsync(["k"u8.ToArray()]))[0]);
    }

    [Fact]
    public async Task Keys_of_a_dead_node_are_not_there()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor([server]));
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync("k"u8.ToArray(), new byte[1]));
        Assert.True((await client.ContainsManyAsync(["k"u8.ToArray()]))[0]);
        await server.KillAsync();
        Assert.False((await client.ContainsManyAsync(["k"u8.ToArray()]))[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    [InlineData(400_000)]
    [InlineData(524_000)]
    [InlineData(700_000)]
    [InlineData(1_000_000)]
    public async Task The_memory_a_value_takes_is_what_memcached_says(int bytes)
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor([server]));
        byte[] key = RandomNumberGenerator.GetBytes(38);
        Assert.Equal(StoreOutcome.Stored, await client.SetAsync(key, new byte[bytes]));
        Assert.Equal(await UsedBytesAsync(server), MemcachedItemSize.Of(key.Length, bytes));
    }

    /// <summary>All chunks in use, by the slab classes they are of.</summary>
    private static async Task<long> UsedBytesAsync(MemcachedServer server)
    {
        using TcpClient connection = new(server.Host, server.Port);
        await connection.GetStream().WriteAsync("stats slabs\r\n"u8.ToArray());
        using StreamReader reader = new(connection.GetStream());
        Dictionary<string, long> sizes = [];
        long used = 0;
        while (await reader.ReadLineAsync() is { } line && line != "END")
        {
            string[] words = line.Split(' ', ':');
            if (words is ["STAT", var sizeOf, "chunk_size", var size])
                sizes[sizeOf] = long.Parse(size, CultureInfo.InvariantCulture);
            else if (words is ["STAT", var usedOf, "used_chunks", var chunks])
                used += sizes[usedOf] * long.Parse(chunks, CultureInfo.InvariantCulture);
        }

        return used;
    }
}
