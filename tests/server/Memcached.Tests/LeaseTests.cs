using System.Text;
using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

/// <summary>Whose turn it is to fill a miss, over real servers; each client stands for a process.</summary>
public sealed class LeaseTests : RealServers
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task One_of_many_askers_wins_each_key_and_all_get_what_it_stores()
    {
        MemcachedServer[] servers = [await StartAsync(), await StartAsync()];
        MemcachedClient[] clients = [.. Enumerable.Range(0, 8).Select(_ => Connect(OptionsFor(servers)))];
        ReadOnlyMemory<byte>[] keys = [.. Enumerable.Range(0, 300).Select(Key)];
        CacheLease[][] answers = await Task.WhenAll(clients.Select(c => Task.Run(() => c.GetOrLeaseAsync(keys, LeaseTime))));

        for (int k = 0; k < keys.Length; k++)
        {
            Assert.Equal(1, answers.Count(a => a[k].Outcome == LeaseOutcome.Won));
            Assert.Equal(clients.Length - 1, answers.Count(a => a[k].Outcome == LeaseOutcome.Lost));
        }

        Assert.Equal(keys.Length, clients.Sum(c => c.Statistics.Sum(n => n.LeasesWon)));
        for (int c = 0; c < clients.Length; c++)
        {
            for (int k = 0; k < keys.Length; k++)
            {
                if (answers[c][k].Outcome == LeaseOutcome.Won)
                    Assert.Equal(StoreOutcome.Stored, await clients[c].SetAsync(keys[k], keys[k]));
            }
        }

        foreach (MemcachedClient client in clients)
        {
            CacheLease[] hits = await client.GetOrLeaseAsync(keys, LeaseTime);
            Assert.All(hits, h => Assert.Equal(LeaseOutcome.Hit, h.Outcome));
            Assert.Equal(keys.Select(k => k.ToArray()), hits.Select(h => h.Value.Bytes.ToArray()));
        }
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("a b")]
    [InlineData("\0\u0001\u00FF")]
    public async Task What_is_being_read_is_a_plain_miss_to_who_does_not_ask_for_a_turn(string keyText)
    {
        byte[] key = Encoding.Latin1.GetBytes(keyText);
        MemcachedClient client = await StartOneAsync();
        CacheLease won = (await client.GetOrLeaseAsync([key], LeaseTime))[0];
        Assert.Equal((LeaseOutcome.Won, false), (won.Outcome, won.Value.IsHit));
        Assert.False((await client.GetAsync(key)).IsHit);
        bool[] found = await client.ContainsManyAsync([key, Key(1)]);
        Assert.Equal([false, false], found);
        Assert.Equal(0, client.Statistics[0].ProtocolErrors);
    }

    [Fact]
    public async Task A_turn_given_back_is_won_by_the_next_asker()
    {
        MemcachedClient client = await StartOneAsync();
        CacheLease won = (await client.GetOrLeaseAsync([Key(1)], LeaseTime))[0];
        await client.ReleaseAsync(Key(1), won);
        Assert.Equal(LeaseOutcome.Won, (await client.GetOrLeaseAsync([Key(1)], LeaseTime))[0].Outcome);
    }

    [Fact]
    public async Task A_turn_given_back_late_takes_away_neither_the_value_nor_anothers_turn()
    {
        MemcachedClient client = await StartOneAsync();
        CacheLease stored = (await client.GetOrLeaseAsync([Key(1)], LeaseTime))[0];
        await client.SetAsync(Key(1), new byte[5]);
        await client.ReleaseAsync(Key(1), stored);
        Assert.Equal(5, (await client.GetAsync(Key(1))).Bytes.Length);

        CacheLease first = (await client.GetOrLeaseAsync([Key(2)], LeaseTime))[0];
        await client.ReleaseAsync(Key(2), first);
        Assert.Equal(LeaseOutcome.Won, (await client.GetOrLeaseAsync([Key(2)], LeaseTime))[0].Outcome);
        await client.ReleaseAsync(Key(2), first);
        Assert.Equal(LeaseOutcome.Lost, (await client.GetOrLeaseAsync([Key(2)], LeaseTime))[0].Outcome);
    }

    [Fact]
    public async Task A_turn_that_nobody_ends_ends_by_itself()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient dead = Connect(OptionsFor(server)), alive = Connect(OptionsFor(server));
        Assert.Equal(LeaseOutcome.Won, (await dead.GetOrLeaseAsync([Key(1)], TimeSpan.FromSeconds(1)))[0].Outcome);
        dead.Dispose();
        // memcached's own clock decides; the deadline of the test is the bound.
        using var deadline = new CancellationTokenSource(Deadline);
        while ((await alive.GetOrLeaseAsync([Key(1)], LeaseTime, deadline.Token))[0].Outcome != LeaseOutcome.Won)
        {
            // Asks again.
        }
    }

    [Fact]
    public async Task Without_a_server_it_is_everyones_turn()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server));
        await server.KillAsync();
        CacheLease lease = (await client.GetOrLeaseAsync([Key(1)], LeaseTime))[0];
        Assert.Equal(LeaseOutcome.Won, lease.Outcome);
        await client.ReleaseAsync(Key(1), lease);
    }

    [Fact]
    public async Task A_split_value_is_a_hit_and_without_its_parts_everyones_turn()
    {
        MemcachedServer server = await StartAsync();
        MemcachedClient client = Connect(OptionsFor(server));
        byte[] large = new byte[3 << 20];
        new Random(1).NextBytes(large);
        await client.SetAsync(Key(1), large);
        CacheLease hit = (await client.GetOrLeaseAsync([Key(1)], LeaseTime))[0];
        Assert.Equal(LeaseOutcome.Hit, hit.Outcome);
        Assert.True(hit.Value.Bytes.Span.SequenceEqual(large));

        MemcachedClient strict = Connect(OptionsFor(server) with { ValueBytesMax = 1 << 20 });
        Assert.Equal(LeaseOutcome.Won, (await strict.GetOrLeaseAsync([Key(1)], LeaseTime))[0].Outcome);
    }

    private static ReadOnlyMemory<byte> Key(int number) => Encoding.ASCII.GetBytes($"object {number}");
}
