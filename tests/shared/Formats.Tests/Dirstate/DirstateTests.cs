using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Monorepo.Formats.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Tests.Dirstate;

public sealed class DirstateTests
{
    [Fact]
    public void Any_paths_come_back_and_are_found()
    {
        Gen<byte[]> path = Gen.ArrayOf(Gen.Choose(1, 255).Select(b => (byte)b)).Where(p => p.Length > 0);
        Prop.ForAll(path.ListOf().ToArbitrary(), paths =>
        {
            DirstateEntry[] entries = [.. paths.Concat(Enumerable.Range(0, 70).Select(i => Encoding.ASCII.GetBytes($"x{i}")))
                .DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal)
                .Select((p, i) => new DirstateEntry(p, FileMode.Regular, DirstateBytes.Blob, i % 3 == 0 ? null : new RecordedStat(i, -i, i * 1_000_000_000L, (ulong)i)))];
            DirstateReader reader = DirstateBytes.Open(DirstateBytes.Base(entries));
            DirstateCursor cursor = reader.Open();
            foreach (DirstateEntry entry in entries)
            {
                if (!cursor.MoveNext() || !Same(entry, cursor.Current) || !reader.TryFind(entry.Path.Span, out DirstateEntry found) || !Same(entry, found))
                {
                    return false;
                }

                byte[] absent = [.. entry.Path.Span, 0];
                if (reader.TryFind(absent, out _))
                {
                    return false;
                }
            }

            return !cursor.MoveNext() && reader.Tree == DirstateBytes.Tree;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Updates_do_what_a_dictionary_does(int seed)
    {
        var random = new Random(seed);
        SortedDictionary<string, DirstateEntry> model = new(StringComparer.Ordinal);
        foreach (int i in Enumerable.Range(0, 300))
            model[Name(i)] = Entry(random, Name(i));
        byte[] sorted = DirstateBytes.Base(model.Values);
        DirstateReader whole = DirstateBytes.Open(sorted);
        byte[] file = sorted;
        var touched = new List<SortedSet<string>>();
        for (long sequence = 42; sequence < 102; sequence++)
        {
            string[] names = [.. Enumerable.Range(0, random.Next(random.Next(10) == 0 ? 200 : 6)).Select(_ => Name(random.Next(400))).Distinct().Order(StringComparer.Ordinal)];
            DirstateEntry[] changes = [.. names.Select(n => random.Next(3) == 0 ? DirstateEntry.Removed(Encoding.ASCII.GetBytes(n)) : Entry(random, n))];
            foreach ((string name, DirstateEntry change) in names.Zip(changes))
            {
                if (change.IsRemoved)
                    model.Remove(name);
                else
                    model[name] = change;
            }

            touched.Add(new SortedSet<string>(names, StringComparer.Ordinal));
            byte[] batch = DirstateBytes.Batch(sequence, DirstateBytes.WrittenNs, DirstateBytes.Blob, changes);
            file = [.. file, .. batch];
            whole = whole.Append(batch);
            AssertIs(model, whole, random);
        }

        DirstateReader read = DirstateBytes.Open(file);
        AssertIs(model, read, random);
        Assert.Equal(whole.Stamp, read.Stamp);
        for (int since = 0; since <= touched.Count; since++)
        {
            Assert.True(read.TryGetChangesSince(DirstateBytes.Stamp with { Sequence = 41 + since }, out IReadOnlyList<DirstateEntry> changes));
            string[] expected = [.. touched.Skip(since).SelectMany(t => t).Distinct().Order(StringComparer.Ordinal)];
            Assert.Equal(
                expected.Select(n => model.TryGetValue(n, out DirstateEntry e) ? DirstateBytes.Describe(e) : DirstateBytes.Describe(DirstateEntry.Removed(Encoding.ASCII.GetBytes(n)))),
                changes.Select(DirstateBytes.Describe));
        }
    }

    [Fact]
    public void Changes_since_another_lineage_or_before_the_base_are_not_known()
    {
        byte[] file = [.. DirstateBytes.Base(DirstateBytes.Sample), .. DirstateBytes.Batch(42, 0, DirstateBytes.Tree, DirstateBytes.Update)];
        DirstateReader state = DirstateBytes.Open(file);
        Assert.False(state.TryGetChangesSince(new DirstateStamp(1, 41), out _));
        Assert.False(state.TryGetChangesSince(DirstateBytes.Stamp with { Sequence = 40 }, out _));
        Assert.False(state.TryGetChangesSince(DirstateBytes.Stamp with { Sequence = 43 }, out _));
        Assert.True(state.TryGetChangesSince(state.Stamp, out IReadOnlyList<DirstateEntry> none));
        Assert.Empty(none);
    }

    [Fact]
    public void Each_update_has_its_own_time_for_what_its_statuses_prove()
    {
        var stat = new RecordedStat(1, DirstateBytes.WrittenNs, 5, 4);
        DirstateEntry file = DirstateBytes.Sample[0] with { Stat = stat };
        DirstateReader racy = DirstateBytes.Open(DirstateBytes.Base([file]));
        Assert.True(racy.TryFind("a"u8, out DirstateEntry found));
        Assert.True(found.IsRacy);
        Assert.False(found.Proves(stat));

        DirstateReader settled = racy.Append(DirstateBytes.Batch(42, DirstateBytes.WrittenNs + 1, DirstateBytes.Tree, file));
        Assert.True(settled.TryFind("a"u8, out found));
        Assert.True(found.Proves(stat));
        Assert.False(found.Proves(stat with { Inode = 5 }));

        DirstateReader again = settled.Append(DirstateBytes.Batch(43, DirstateBytes.WrittenNs - 1, DirstateBytes.Tree, file));
        DirstateCursor cursor = again.Open();
        Assert.True(cursor.MoveNext());
        Assert.True(cursor.IsRacy);
        Assert.False(cursor.Proves(stat));
    }

    [Fact]
    public void A_racy_status_is_not_written_beside_a_later_time()
    {
        DirstateEntry racy = DirstateBytes.Sample[0] with { IsRacy = true };
        Assert.True(DirstateBytes.Open(DirstateBytes.Base([racy])).TryFind("a"u8, out DirstateEntry found));
        Assert.Null(found.Stat);
        Assert.True(DirstateBytes.Open([.. DirstateBytes.Base([]), .. DirstateBytes.Batch(42, 0, DirstateBytes.Tree, racy)]).TryFind("a"u8, out found));
        Assert.Null(found.Stat);
    }

    [Fact]
    public void An_empty_dirstate_holds_nothing()
    {
        DirstateReader reader = DirstateBytes.Open(DirstateBytes.Base([]));
        Assert.False(reader.Open().MoveNext());
        Assert.False(reader.TryFind("a"u8, out _));
    }

    [Fact]
    public void Paths_must_ascend()
    {
        foreach (string[] paths in (string[][])[["b", "a"], ["a", "a"], [""]])
        {
            DirstateEntry[] entries = [.. paths.Select(p => Entry(new Random(1), p))];
            Assert.Throws<ArgumentException>(() => DirstateBytes.Base(entries));
            Assert.Throws<ArgumentException>(() => DirstateBatch.TryEncode(entries, int.MaxValue));
        }
    }

    [Fact]
    public void An_update_larger_than_allowed_is_none()
    {
        int bytes = DirstateBatch.TryEncode(DirstateBytes.Update, int.MaxValue)!.Bytes;
        Assert.NotNull(DirstateBatch.TryEncode(DirstateBytes.Update, bytes));
        Assert.Null(DirstateBatch.TryEncode(DirstateBytes.Update, bytes - 1));
    }

    private static void AssertIs(SortedDictionary<string, DirstateEntry> model, DirstateReader state, Random random)
    {
        Assert.Equal(model.Values.Select(DirstateBytes.Describe), DirstateBytes.ReadAll(state));
        DirstateCursor cursor = state.Open();
        for (int i = 0; i < 50; i++)
        {
            string name = Name(random.Next(400)) + (random.Next(4) == 0 ? "x" : "");
            byte[] path = Encoding.ASCII.GetBytes(name);
            Assert.Equal(model.ContainsKey(name), state.TryFind(path, out _));
            string[] rest = [.. model.Keys.SkipWhile(k => string.CompareOrdinal(k, name) < 0).Take(3)];
            bool isThere = cursor.Seek(path);
            Assert.Equal(rest.Length > 0, isThere);
            foreach (string expected in rest)
            {
                Assert.True(isThere);
                Assert.Equal(DirstateBytes.Describe(model[expected]), DirstateBytes.Describe(cursor.Current));
                isThere = cursor.MoveNext();
            }
        }
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"d{number % 7}/f{number}");

    private static DirstateEntry Entry(Random random, string path) => new(
        Encoding.ASCII.GetBytes(path), FileMode.Executable, DirstateBytes.Blob, random.Next(3) == 0 ? null : new RecordedStat(random.Next(), random.Next(), random.Next(), (ulong)random.Next()));

    private static bool Same(DirstateEntry a, DirstateEntry b) =>
        a.Path.Span.SequenceEqual(b.Path.Span) && a.Mode == b.Mode && a.Id == b.Id && a.Stat == b.Stat;
}
