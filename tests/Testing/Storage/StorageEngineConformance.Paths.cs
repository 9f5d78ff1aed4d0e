using System.Text;
using Monorepo.Storage;
using Xunit;

namespace Monorepo.Testing.Storage;

public abstract partial class StorageEngineConformance
{
    [Fact]
    public async Task The_path_index_gives_changes_newest_first_below_a_position()
    {
        IPathIndex index = (await RepositoryAsync()).Paths;
        Assert.Equal(0, await index.GetLengthAsync(Cancel));
        Assert.Equal(AppendResult.Appended, await index.AppendAsync(0, 10, [Changes("", 0, 3, 9), Changes("a", 3), Changes("a/b", 0, 9)], Cancel));
        Assert.Equal(AppendResult.Appended, await index.AppendAsync(10, 12, [Changes("a/b", 11)], Cancel));
        Assert.Equal(AppendResult.Appended, await index.AppendAsync(12, 20, [], Cancel));
        await ReopenAsync();
        index = (await RepositoryAsync()).Paths;
        Assert.Equal(20, await index.GetLengthAsync(Cancel));
        Assert.Equal([9, 3, 0], await ReadAsync(index, "", 100));
        Assert.Equal([3, 0], await ReadAsync(index, "", 9));
        Assert.Equal([11, 9], await ReadAsync(index, "a/b", 12, countMax: 2));
        Assert.Equal([9, 0], await ReadAsync(index, "a/b", 11));
        Assert.Equal([3], await ReadAsync(index, "a", 20));
        Assert.Empty(await ReadAsync(index, "a", 3));
        Assert.Empty(await ReadAsync(index, "a", 20, countMax: 0));
        foreach (string absent in (string[])["b", "a/", "a/c", "a/b/c", "aa", "a/b/"])
        {
            Assert.Empty(await ReadAsync(index, absent, 20));
        }
    }

    [Fact]
    public async Task The_path_index_reads_many_paths_in_their_order_and_keeps_repositories_apart()
    {
        IPathIndex index = (await RepositoryAsync()).Paths;
        IPathIndex other = (await Engine.CreateAsync(Core.RepositoryName.Parse("other"), Cancel)).Paths;
        await index.AppendAsync(0, 5, [Changes("x", 1, 2), Changes("y", 4)], Cancel);
        await other.AppendAsync(0, 3, [Changes("x", 0)], Cancel);
        IReadOnlyList<IReadOnlyList<PathChange>> lists = await index.ReadEachAsync([Path("y"), Path("z"), Path("x")], 5, 1, Cancel);
        Assert.Equal([[4L], [], [2L]], lists.Select(l => l.Select(c => c.Position)));
        Assert.Equal([0], await ReadAsync(other, "x", 9));
        Assert.Equal(3, await other.GetLengthAsync(Cancel));
    }

    [Fact]
    public async Task The_path_index_keeps_long_histories_and_every_mask()
    {
        IPathIndex index = (await RepositoryAsync()).Paths;
        Random random = new(7);
        List<PathChange> all = [];
        long length = 0;
        for (int batch = 0; batch < 60; batch++)
        {
            long start = length;
            List<PathChange> fresh = [];
            for (int i = random.Next(1, 200); i > 0; i--)
            {
                length += random.Next(1, batch == 30 ? 1 << 29 : 40);
                ulong mask = random.Next(4) switch { 0 => 1UL << random.Next(64), 1 => ulong.MaxValue, _ => 0 };
                fresh.Add(new PathChange(length - 1, mask));
            }

            await index.AppendAsync(start, length, [new PathChanges(Path("d/f"), fresh.ToArray()), Changes("d", start)], Cancel);
            all.AddRange(fresh);
        }

        await ReopenAsync();
        index = (await RepositoryAsync()).Paths;
        all.Reverse();
        Assert.Equal(all, await index.ReadAsync(Path("d/f"), length, int.MaxValue, Cancel));
        for (int i = 0; i < 200; i++)
        {
            int from = random.Next(all.Count);
            long below = all[from].Position + random.Next(2);
            IEnumerable<PathChange> expected = all.SkipWhile(c => c.Position >= below).Take(50);
            Assert.Equal(expected, await index.ReadAsync(Path("d/f"), below, 50, Cancel));
        }
    }

    [Fact]
    public async Task The_path_index_takes_whole_appends_in_their_place_only()
    {
        IPathIndex index = (await RepositoryAsync()).Paths;
        Assert.Equal(AppendResult.LengthChanged, await index.AppendAsync(5, 6, [Changes("a", 5)], Cancel));
        Assert.Equal(AppendResult.Appended, await index.AppendAsync(0, 6, [Changes("a", 5)], Cancel));
        Assert.Equal(AppendResult.LengthChanged, await index.AppendAsync(0, 6, [Changes("a", 5)], Cancel));
        foreach (PathChanges bad in (PathChanges[])[Changes("a", 5), Changes("a", 9), Changes("a", 7, 7), Changes("a", 8, 7), Changes(new string('p', IPathIndex.PathBytesMax + 1), 7)])
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await index.AppendAsync(6, 9, [Changes("b", 6), bad], Cancel));
        }

        Assert.Empty(await ReadAsync(index, "b", 9));
        Assert.Equal([5], await ReadAsync(index, "a", 9));
        string longest = new('p', IPathIndex.PathBytesMax);
        Assert.Equal(AppendResult.Appended, await index.AppendAsync(6, 9, [Changes(longest, 7)], Cancel));
        Assert.Equal([7], await ReadAsync(index, longest, 9));
    }

    private static ReadOnlyMemory<byte> Path(string path) => Encoding.UTF8.GetBytes(path);

    private static PathChanges Changes(string path, params long[] positions) =>
        new(Path(path), positions.Select(p => new PathChange(p, 0)).ToArray());

    private static async Task<IEnumerable<long>> ReadAsync(IPathIndex index, string path, long below, int countMax = int.MaxValue) =>
        (await index.ReadAsync(Path(path), below, countMax, Cancel)).Select(c => c.Position);
}
