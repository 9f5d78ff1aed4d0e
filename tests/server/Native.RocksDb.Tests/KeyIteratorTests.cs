using FsCheck;
using FsCheck.Fluent;

namespace Monorepo.Native.RocksDb.Tests;

public sealed class KeyIteratorTests : DatabaseTestBase
{
    [Fact]
    public void Moves_stay_within_the_bounds()
    {
        using Database database = Open();
        foreach (byte letter in "abcdef"u8)
            Put(database, [letter], [letter, letter]);

        using KeyIterator iterator = database.CreateIterator(database.GetColumnFamily("data"), "b"u8, "e"u8, fillCache: false, readaheadBytes: 1 << 16);
        GC.Collect();
        Assert.True(iterator.SeekToFirst());
        Assert.Equal("b"u8, iterator.Key);
        Assert.Equal("bb"u8, iterator.Value);
        Assert.True(iterator.MoveNext());
        Assert.True(iterator.MoveNext());
        Assert.Equal("d"u8, iterator.Key);
        Assert.False(iterator.MoveNext());
        Assert.Throws<InvalidOperationException>(() => iterator.MoveNext());
        Assert.Throws<InvalidOperationException>(() => iterator.MovePrevious());
        Assert.Throws<InvalidOperationException>(() => iterator.Key.Length);
        Assert.Throws<InvalidOperationException>(() => iterator.Value.Length);
        Assert.True(iterator.SeekToLast());
        Assert.Equal("d"u8, iterator.Key);
        Assert.True(iterator.MovePrevious());
        Assert.Equal("c"u8, iterator.Key);
        Assert.True(iterator.SeekForPrevious("cz"u8));
        Assert.Equal("c"u8, iterator.Key);
        Assert.True(iterator.Seek("bz"u8));
        Assert.Equal("c"u8, iterator.Key);
        Assert.False(iterator.Seek("dz"u8));
    }

    [Fact]
    public void An_iterator_does_not_see_later_writes()
    {
        using Database database = Open();
        Put(database, "a"u8, default);
        using KeyIterator iterator = database.CreateIterator(database.GetColumnFamily("data"));
        Put(database, "b"u8, default);
        Assert.True(iterator.SeekToFirst());
        Assert.False(iterator.MoveNext());
    }

    [Fact]
    public void Any_set_of_changes_reads_back_as_a_sorted_dictionary_would()
    {
        using Database database = Open();
        ColumnFamily data = database.GetColumnFamily("data");
        Prop.ForAll<(byte[] Key, byte[]? Value)[]>(changes =>
        {
            SortedDictionary<string, byte[]> model = new(StringComparer.Ordinal);
            using WriteBatch batch = new();
            batch.DeleteRange(data, [], [.. Enumerable.Repeat((byte)0xff, 300)]);
            foreach ((byte[] key, byte[]? value) in changes)
            {
                if (key is null)
                    continue;
                if (value is null)
                {
                    batch.Delete(data, key);
                    model.Remove(Convert.ToHexString(key));
                }
                else
                {
                    batch.Put(data, key, value);
                    model[Convert.ToHexString(key)] = value;
                }
            }

            database.Write(batch, sync: false);
            List<KeyValuePair<string, byte[]>> read = [];
            using KeyIterator iterator = database.CreateIterator(data);
            for (bool valid = iterator.SeekToFirst(); valid; valid = iterator.MoveNext())
                read.Add(new(Convert.ToHexString(iterator.Key), iterator.Value.ToArray()));
            return read.Select(static e => e.Key).SequenceEqual(model.Keys, StringComparer.Ordinal)
                && read.Zip(model, static (a, b) => a.Value.AsSpan().SequenceEqual(b.Value)).All(static same => same);
        }).QuickCheckThrowOnFailure();
    }
}
