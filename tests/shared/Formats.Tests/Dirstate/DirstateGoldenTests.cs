using Monorepo.Formats.Dirstate;

namespace Monorepo.Formats.Tests.Dirstate;

/// <summary>The bytes were computed from FORMAT.md by separate programs, not by these writers.</summary>
public class DirstateGoldenTests
{
    private const string Version1 =
        "6d7264697273740001000000010000000400000000000000e4000000000000000102030405060708090a0b0c0d0e0f10111213140000000000002a36fe9c97171e48aa4000000000"
        + "94000000729d772d000161a48302ffeeddccbbaa99887766554433221100ffeeddcc01ac028001014d01022f62ed83020102030405060708090a0b0c0d0e0f1011121314000101ff80c002ffeeddccbbaa99887766554433221100ffeeddcc0100ffffffffffffffffff01feffffffffffffffff01ffffffffffffffffff01000373756280c0030102030405060708090a0b0c0d0e0f101112131400"
        + "4800000000000000627d13d4";

    private const string Version2 =
        "6d7264697273740002000000010000000400000000000000f4000000000000000102030405060708090a0b0c0d0e0f10111213140000000000002a36fe9c9717290000000000000088776655443322116cd50b9e00000000"
        + "94000000729d772d000161a48302ffeeddccbbaa99887766554433221100ffeeddcc01ac028001014d01022f62ed83020102030405060708090a0b0c0d0e0f1011121314000101ff80c002ffeeddccbbaa99887766554433221100ffeeddcc0100ffffffffffffffffff01feffffffffffffffff01ffffffffffffffffff01000373756280c0030102030405060708090a0b0c0d0e0f101112131400"
        + "5800000000000000d6746550";

    private const string Batch =
        "6d726462280000002a0000000000000005002a36fe9c9717ffeeddccbbaa99887766554433221100ffeeddcc02000000ccfd1e53552d7734"
        + "0003612f6200000163a48302ffeeddccbbaa99887766554433221100ffeeddcc0101040604000000";

    private const string Intents =
        "6d726462400000002b0000000000000006002a36fe9c97170102030405060708090a0b0c0d0e0f101112131402000000484465ca9bc1883c"
        + "000161a48302ffeeddccbbaa99887766554433221100ffeeddcc03ac028001014d00036e6577ed83020000000000000000000000000000000000000000000000";

    private static readonly string[] s_sample = [.. DirstateBytes.Sample.Select((e, i) => DirstateBytes.Describe(e with { IsRacy = i == 2 }))];

    [Fact]
    public void The_base_is_that_of_the_format()
    {
        Assert.Equal(Version2, Convert.ToHexStringLower(DirstateBytes.Base(DirstateBytes.Sample)));
        DirstateReader state = DirstateBytes.Open(Convert.FromHexString(Version2));
        Assert.Equal(s_sample, DirstateBytes.ReadAll(state));
        Assert.Equal((DirstateBytes.Tree, DirstateBytes.Stamp, true), (state.Tree, state.Stamp, state.TakesBatches));
    }

    [Fact]
    public void An_update_is_that_of_the_format()
    {
        Assert.Equal(Batch, Convert.ToHexStringLower(DirstateBytes.Batch(42, DirstateBytes.WrittenNs + 5, DirstateBytes.Blob, DirstateBytes.Update)));
        DirstateReader state = DirstateBytes.Open(Convert.FromHexString(Version2 + Batch));
        Assert.Equal([s_sample[0], s_sample[2], DirstateBytes.Describe(DirstateBytes.Update[1]), s_sample[3]], DirstateBytes.ReadAll(state));
        Assert.Equal((DirstateBytes.Blob, DirstateBytes.Stamp with { Sequence = 42 }), (state.Tree, state.Stamp));
        Assert.Equal((Version2.Length + Batch.Length) / 2, state.FileBytes);
    }

    [Fact]
    public void Added_and_dropped_files_are_those_of_the_format()
    {
        DirstateEntry[] entries = [DirstateBytes.Sample[0] with { IsDropped = true }, DirstateEntry.Added("new"u8.ToArray(), Core.FileMode.Executable)];
        Assert.Equal(Intents, Convert.ToHexStringLower(DirstateBytes.Batch(43, DirstateBytes.WrittenNs + 6, DirstateBytes.Tree, entries)));
        DirstateReader updated = DirstateBytes.Open(Convert.FromHexString(Version2 + Batch + Intents));
        Assert.True(updated.TryFind("a"u8, out DirstateEntry dropped) && dropped is { IsDropped: true, IsAdded: false } && dropped.Id == DirstateBytes.Blob && dropped.Stat is not null);
        Assert.True(updated.TryFind("new"u8, out DirstateEntry added) && added is { IsDropped: false, IsAdded: true, Stat: null });

        // And in a base, as a merge leaves them.
        DirstateReader merged = DirstateBytes.Open(DirstateBytes.Base(entries));
        Assert.True(merged.TryFind("a"u8, out dropped) && dropped.IsDropped);
        Assert.True(merged.TryFind("new"u8, out added) && added.IsAdded && !added.IsDropped);
    }

    [Fact]
    public void Version_1_is_read()
    {
        var state = new DirstateReader(Convert.FromHexString(Version1));
        Assert.Equal(s_sample, DirstateBytes.ReadAll(state));
        Assert.Equal((DirstateBytes.Tree, default(DirstateStamp), false), (state.Tree, state.Stamp, state.TakesBatches));
        Assert.Equal(Version1.Length / 2, state.FileBytes);
    }

    [Fact]
    public void Every_changed_bit_and_every_cut_of_version_1_is_refused()
    {
        byte[] bytes = Convert.FromHexString(Version1);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<DirstateFormatException>(() => DirstateBytes.ReadAll(new DirstateReader(changed)));
        }

        for (int length = 0; length < bytes.Length; length++)
            Assert.Throws<DirstateFormatException>(() => DirstateBytes.ReadAll(new DirstateReader(bytes.AsMemory(0, length))));
    }
}
