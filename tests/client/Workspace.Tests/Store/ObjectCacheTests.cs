using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

public sealed class ObjectCacheTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<CacheWarning> _warnings = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_added_is_read_by_this_and_another_instance()
    {
        using ObjectCache cache = Open();
        CacheEntry[] entries = [.. Enumerable.Range(0, 500).Select(Entry)];
        using ObjectCache early = Open();

        Assert.True(cache.Add(entries));

        using ObjectCache late = Open();
        foreach (CacheEntry entry in entries)
        {
            Assert.Equal(Body(entry), cache.TryRead(entry.Id)!.Body.ToArray());
            Assert.Equal(ObjectKind.Blob, early.TryRead(entry.Id)!.Kind);
            Assert.True(late.Contains(entry.Id));
        }

        Assert.Null(cache.TryRead(Entry(1000).Id));
        Assert.False(cache.Contains(Entry(1000).Id));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_pack_that_came_in_the_tick_of_the_last_change_is_found()
    {
        // A tick that is not over.
        DateTime tick = DateTime.UtcNow + TimeSpan.FromHours(1);
        Directory.SetLastWriteTimeUtc(_directory.Path, tick);
        using ObjectCache reader = new(_directory.Path);
        using ObjectCache writer = new(_directory.Path);
        Assert.True(writer.Add([Entry(1)]));
        Directory.SetLastWriteTimeUtc(_directory.Path, tick);
        Assert.NotNull(reader.TryRead(Entry(1).Id));
    }

    [Fact]
    public void The_same_object_is_kept_once()
    {
        using ObjectCache cache = Open();
        cache.Add([Entry(1), Entry(1)]);
        long bytes = cache.MeasureBytes();
        cache.Add([Entry(1)]);
        Assert.Equal(bytes, cache.MeasureBytes());
    }

    [Fact]
    public void A_large_and_an_empty_object_are_kept()
    {
        using ObjectCache cache = Open();
        byte[] random = new byte[3 << 20];
        new Random(1).NextBytes(random);
        CacheEntry large = Entry(random);
        CacheEntry empty = Entry([]);
        Assert.True(cache.Add([empty, large]));
        Assert.Equal(random, cache.TryRead(large.Id)!.Body.ToArray());
        Assert.Equal(0, cache.TryRead(empty.Id)!.Body.Length);
    }

    [Fact]
    public void A_new_pack_is_begun_when_the_data_or_the_slots_are_full()
    {
        using ObjectCache bySize = Open(new ObjectCacheOptions { PackBytesMax = 4096, SlotsPerPack = 1024, CacheBytesMax = 1 << 30 });
        bySize.Add([.. Enumerable.Range(0, 20).Select(i => Entry(RandomBody(i, 1000)))]);
        Assert.InRange(bySize.PackCount, 5, 7);

        using TempDirectory other = new();
        using ObjectCache bySlots = new(other.Path, new ObjectCacheOptions { SlotsPerPack = 16, CacheBytesMax = 1 << 30 });
        CacheEntry[] entries = [.. Enumerable.Range(0, 100).Select(Entry)];
        bySlots.Add(entries);
        Assert.Equal(9, bySlots.PackCount);
        Assert.All(entries, e => Assert.True(bySlots.Contains(e.Id)));
    }

    [Fact]
    public void The_oldest_pack_goes_first_and_a_reader_that_has_it_open_still_reads()
    {
        ObjectCacheOptions options = new() { PackBytesMax = 8192, SlotsPerPack = 64, CacheBytesMax = 50_000 };
        CacheEntry[] entries = [.. Enumerable.Range(0, 100).Select(i => Entry(RandomBody(i, 1000)))];
        using ObjectCache cache = Open(options);
        cache.Add(entries[..5]);
        using ObjectCache reader = Open(options);
        Assert.True(reader.Contains(entries[0].Id));

        foreach (CacheEntry entry in entries)
        {
            Assert.True(cache.Add([entry]));
            Assert.InRange(cache.MeasureBytes(), 0, options.CacheBytesMax);
        }

        Assert.True(cache.Contains(entries[^1].Id));
        Assert.False(cache.Contains(entries[0].Id));

        // Its mapping survives the file; whether it looks for new packs first does not matter.
        _ = reader.TryRead(entries[0].Id);
        Assert.NotNull(reader.TryRead(entries[^1].Id));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_damaged_object_is_a_miss_is_reported_and_can_be_added_again()
    {
        CacheEntry entry = Entry(RandomBody(1, 500));
        using ObjectCache cache = Open();
        cache.Add([Entry(0), entry, Entry(2)]);
        string pack = Assert.Single(Directory.GetFiles(_directory.Path, "*.pack"));
        byte[] bytes = File.ReadAllBytes(pack);
        int at = bytes.AsSpan().IndexOf(entry.Envelope.Span[^100..]);
        using (FileStream file = new(pack, System.IO.FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = at;
            file.WriteByte((byte)(bytes[at] ^ 1));
        }

        Assert.Null(cache.TryRead(entry.Id));
        Assert.Equal(CacheWarningKind.CorruptObject, Assert.Single(_warnings).Kind);
        Assert.False(cache.Contains(entry.Id));

        Assert.True(cache.Add([entry]));
        Assert.NotNull(cache.TryRead(entry.Id));
        using ObjectCache later = Open();
        Assert.NotNull(later.TryRead(entry.Id));
        Assert.Single(_warnings);
    }

    [Fact]
    public void A_slot_that_points_behind_the_data_is_a_miss()
    {
        using (ObjectCache cache = Open())
        {
            cache.Add([Entry(1), Entry(2)]);
        }

        string pack = Assert.Single(Directory.GetFiles(_directory.Path, "*.pack"));
        using (FileStream file = new(pack, System.IO.FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        using ObjectCache cut = Open();
        Assert.NotNull(cut.TryRead(Entry(1).Id));
        Assert.Null(cut.TryRead(Entry(2).Id));
        Assert.True(cut.Add([Entry(2)]));
        Assert.NotNull(cut.TryRead(Entry(2).Id));
    }

    [Theory]
    [InlineData(".idx")]
    [InlineData(".pack")]
    public void A_pack_with_a_damaged_head_is_left_out(string extension)
    {
        using (ObjectCache cache = Open())
        {
            cache.Add([Entry(1)]);
        }

        string path = Assert.Single(Directory.GetFiles(_directory.Path, "*" + extension));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[9] ^= 1;
        File.WriteAllBytes(path, bytes);

        using ObjectCache again = Open();
        Assert.Equal(CacheWarningKind.UnreadablePack, Assert.Single(_warnings).Kind);
        Assert.Null(again.TryRead(Entry(1).Id));
        Assert.True(again.Add([Entry(1)]));
        Assert.NotNull(again.TryRead(Entry(1).Id));
    }

    [Theory]
    [InlineData(Errno.NoSpace, CacheWarningKind.NoSpace)]
    [InlineData(Errno.QuotaExceeded, CacheWarningKind.NoSpace)]
    [InlineData(Errno.InputOutput, CacheWarningKind.NotWritable)]
    public void At_every_write_a_failing_disk_costs_the_cache_and_nothing_else(Errno errno, CacheWarningKind kind)
    {
        CacheEntry[] entries = [.. Enumerable.Range(0, 5).Select(Entry)];
        for (int failAt = 0; failAt < 6; failAt++)
        {
            using TempDirectory directory = new();
            List<CacheWarning> warnings = [];
            int writes = 0;
            ObjectCacheOptions options = new()
            {
                OnWarning = warnings.Add,
                BeforeWrite = _ => (writes++ == failAt ? errno : Errno.None).ThrowIfFailed("pwrite"),
            };
            using ObjectCache cache = new(directory.Path, options);
            Assert.False(cache.Add(entries));
            Assert.False(cache.IsWritable);
            Assert.False(cache.Add(entries));
            Assert.Equal(kind, Assert.Single(warnings).Kind);

            // What is found is whole; what is not found is a miss; the next process carries on.
            using ObjectCache next = new(directory.Path);
            Assert.All(entries, e => Assert.Equal(next.Contains(e.Id), next.TryRead(e.Id) is not null));
            Assert.True(next.Add(entries));
            Assert.All(entries, e => Assert.NotNull(next.TryRead(e.Id)));
        }
    }

    [Fact]
    public void A_directory_that_can_not_be_made_leaves_an_empty_cache_that_warns()
    {
        string file = Path.Combine(_directory.Path, "file");
        File.WriteAllText(file, "");
        using ObjectCache cache = new(Path.Combine(file, "cache"), new ObjectCacheOptions { OnWarning = _warnings.Add });
        Assert.Null(cache.TryRead(Entry(1).Id));
        Assert.False(cache.Add([Entry(1)]));
        Assert.Equal(CacheWarningKind.NotWritable, Assert.Single(_warnings).Kind);
    }

    [Fact]
    public void A_cache_that_somebody_deletes_is_empty()
    {
        using ObjectCache cache = Open();
        cache.Add([Entry(1)]);
        Directory.Delete(_directory.Path, recursive: true);
        Assert.Null(cache.TryRead(Entry(2).Id));
        Assert.False(cache.Contains(Entry(3).Id));
    }

    [Fact]
    public void Threads_add_and_read_at_once()
    {
        using ObjectCache cache = Open(new ObjectCacheOptions { PackBytesMax = 1 << 14, SlotsPerPack = 256, CacheBytesMax = 1 << 30, OnWarning = _warnings.Add });
        Parallel.For(0, 400, i =>
        {
            CacheEntry entry = Entry(i % 200);
            Assert.True(cache.Add([entry]));
            Assert.Equal(Body(entry), cache.TryRead(entry.Id)!.Body.ToArray());
        });
        Assert.Empty(_warnings);
    }

    internal static CacheEntry Entry(int number) => Entry(Encoding.UTF8.GetBytes($"object number {number} of the tests, {new string((char)('a' + (number % 26)), number % 100)}"));

    internal static CacheEntry Entry(byte[] body) => new(ObjectHasher.Hash(ObjectKind.Blob, body), ObjectEnvelope.Seal(ObjectKind.Blob, body));

    private static byte[] Body(CacheEntry entry) => ObjectEnvelope.Decode(entry.Envelope.Span, out _);

    private static byte[] RandomBody(int seed, int bytes)
    {
        byte[] body = new byte[bytes];
        new Random(seed).NextBytes(body);
        return body;
    }

    private ObjectCache Open(ObjectCacheOptions? options = null) =>
        new(_directory.Path, (options ?? new ObjectCacheOptions()) with { OnWarning = _warnings.Add });
}
