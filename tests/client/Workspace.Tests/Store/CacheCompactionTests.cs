using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

public sealed class CacheCompactionTests : IDisposable
{
    private const int Objects = 300;

    private readonly TempDirectory _directory = new();

    // Some packs, so that some are left as they are.
    private readonly ObjectCacheOptions _options = new() { PackBytesMax = 64 << 10, SlotsPerPack = 1 << 10, CacheBytesMax = long.MaxValue / 4 };

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(1_000)]
    public void What_is_needed_stays_readable_and_the_rest_of_packs_that_are_mostly_dead_goes(int share)
    {
        using ObjectCache cache = new(_directory.Path, _options);
        Assert.True(cache.Add([.. Enumerable.Range(0, Objects).Select(RandomBlobs.Entry)]));
        using ObjectCache reader = new(_directory.Path, _options);
        HashSet<ObjectId> needed = [.. Enumerable.Range(0, Objects).Where(i => i % share == 0 && i > 0).Select(i => RandomBlobs.Entry(i).Id)];
        long before = DataBytes();

        long told = cache.Compact(needed, isDryRun: true);
        Assert.Equal(before, DataBytes());
        Assert.Equal(told, cache.Compact(needed, isDryRun: false));
        Assert.InRange(DataBytes(), needed.Sum(id => (long)EnvelopeOf(id).Length), before - (told / 2));
        using ObjectCache again = new(_directory.Path, _options);
        Assert.All(needed, id => Assert.NotNull(again.TryRead(id)));
        Assert.All(needed, id => Assert.NotNull(reader.TryRead(id)));
        Assert.Empty(again.SelectAbsent(needed));
        Assert.Equal(0, again.Compact(needed, isDryRun: false));
    }

    [Fact]
    public void A_pack_that_is_mostly_needed_is_left_as_it_is()
    {
        using ObjectCache cache = new(_directory.Path, _options);
        cache.Add([.. Enumerable.Range(0, 20).Select(RandomBlobs.Entry)]);
        string[] files = Files();
        Assert.Equal(0, cache.Compact([.. Enumerable.Range(0, 18).Select(i => RandomBlobs.Entry(i).Id)], isDryRun: false));
        Assert.Equal(files, Files());
    }

    [Fact]
    public void A_full_disk_takes_nothing_away()
    {
        using (ObjectCache cache = new(_directory.Path, _options))
        {
            cache.Add([.. Enumerable.Range(0, Objects).Select(RandomBlobs.Entry)]);
        }

        HashSet<ObjectId> needed = [.. Enumerable.Range(0, Objects / 2).Select(i => RandomBlobs.Entry(2 * i).Id)];
        using (ObjectCache full = new(_directory.Path, _options with { BeforeWrite = static _ => throw new PosixException("write", Errno.NoSpace, "a pack"u8) }))
        {
            Assert.Throws<PosixException>(() => full.Compact(needed, isDryRun: false));
        }

        using ObjectCache after = new(_directory.Path, _options);
        Assert.All(Enumerable.Range(0, Objects), i => Assert.NotNull(after.TryRead(RandomBlobs.Entry(i).Id)));
    }

    private long DataBytes() => Directory.GetFiles(_directory.Path, "*.pack").Sum(static f => new FileInfo(f).Length);

    private string[] Files() => [.. Directory.GetFiles(_directory.Path).Order(StringComparer.Ordinal)];

    private static byte[] EnvelopeOf(ObjectId id) => Enumerable.Range(0, Objects).Select(RandomBlobs.Entry).First(e => e.Id == id).Envelope.ToArray();
}
