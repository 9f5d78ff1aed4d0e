using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Tests.Dirstate;

public sealed class DirstateFileTests : IDisposable
{
    private static readonly ObjectId s_tree = ObjectId.Parse("0102030405060708090a0b0c0d0e0f1011121314");

    private readonly TempDirectory _directory = new();

    private string FilePath => Path.Combine(_directory.Path, "dirstate");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void There_is_none_before_the_first_update() => Assert.Null(DirstateFile.Open(FilePath));

    [Fact]
    public void An_update_costs_what_it_changes()
    {
        DirstateFile.Update(FilePath, s_tree, Files(0, 50_000));
        long before = new FileInfo(FilePath).Length;
        DirstateFile.Update(FilePath, s_tree, Files(7, 3));
        Assert.InRange(new FileInfo(FilePath).Length - before, 1, 300);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Any_updates_do_what_a_dictionary_does_and_each_open_state_stays_as_it_is(int seed)
    {
        var random = new Random(seed);
        SortedDictionary<string, string> model = new(StringComparer.Ordinal);
        Stack<(DirstateFile File, string[] Content)> open = new();
        DirstateStamp last = default;
        int unknown = 0;
        for (int round = 0; round < 60; round++)
        {
            DirstateEntry[] changes = [.. Enumerable.Range(0, random.Next(20) == 0 ? 30_000 : random.Next(400)).Select(_ => random.Next(10_000)).Distinct().Order()
                .Select(i => random.Next(4) == 0 ? DirstateEntry.Removed(Entry(i, 0).Path) : Entry(i, random.Next(1000)))];
            DirstateFile.Update(FilePath, s_tree, changes);
            foreach (DirstateEntry change in changes)
            {
                if (change.IsRemoved)
                    model.Remove(Name(change));
                else
                    model[Name(change)] = Describe(change);
            }

            DirstateFile now = open.Count > 0 && random.Next(2) == 0 ? open.Peek().File.Reopen()! : DirstateFile.Open(FilePath)!;
            Assert.Equal(model.Values, All(now));
            Assert.Same(now, now.Reopen());
            if (round > 0)
            {
                Assert.Equal(last with { Sequence = last.Sequence + 1 }, now.Reader.Stamp);
                if (now.Reader.TryGetChangesSince(last, out IReadOnlyList<DirstateEntry> since))
                    Assert.Equal(changes.Select(Name), since.Select(Name));
                else
                    unknown++;
            }

            last = now.Reader.Stamp;
            open.Push((now, [.. model.Values]));
        }

        Assert.InRange(unknown, 1, 30);
        while (open.TryPop(out (DirstateFile File, string[] Content) state))
        {
            Assert.Equal(state.Content, All(state.File));
            state.File.Dispose();
        }
    }

    [Fact]
    public void A_merge_lets_who_was_up_to_date_ask_for_the_changes()
    {
        DirstateFile.Update(FilePath, s_tree, Files(0, 100));
        DirstateFile first = DirstateFile.Open(FilePath)!;
        DirstateFile state = first;
        int merges = 0;
        for (int round = 0; round < 300; round++)
        {
            DirstateFile.Update(FilePath, s_tree, Files(round, 100));
            DirstateFile next = state.Reopen()!;
            merges += next.Reader.BaseBytes == state.Reader.BaseBytes ? 0 : 1;
            Assert.True(next.Reader.TryGetChangesSince(state.Reader.Stamp, out IReadOnlyList<DirstateEntry> changes));
            Assert.Equal(100, changes.Count);
            state.Dispose();
            state = next;
        }

        Assert.InRange(merges, 2, 30);
        state.Dispose();
    }

    [Fact]
    public void What_a_killed_writer_left_is_cut_by_the_next()
    {
        DirstateFile.Update(FilePath, s_tree, Files(0, 10));
        DirstateFile.Update(FilePath, s_tree, Files(3, 2));
        byte[] whole = File.ReadAllBytes(FilePath);
        long baseBytes;
        using (DirstateFile state = DirstateFile.Open(FilePath)!)
            baseBytes = state.Reader.BaseBytes;
        for (int length = (int)baseBytes; length < whole.Length; length++)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            DirstateFile.Update(FilePath, s_tree, Files(20, 1));
            using DirstateFile state = DirstateFile.Open(FilePath)!;
            Assert.Equal(11, All(state).Length);
            Assert.Equal(2, state.Reader.Stamp.Sequence);
            Assert.Equal(new FileInfo(FilePath).Length, state.Reader.FileBytes);
        }
    }

    [Fact]
    public void Version_1_is_read_and_becomes_version_2_with_the_first_update()
    {
        // One file, "a", as version 1 wrote it.
        DirstateFile.Update(FilePath, s_tree, [new DirstateEntry("a"u8.ToArray(), FileMode.Regular, s_tree, new RecordedStat(1, 2, 3, 4))]);
        byte[] version2 = File.ReadAllBytes(FilePath);
        byte[] version1 = ToVersion1(version2);
        File.WriteAllBytes(FilePath, version1);
        string[] before;
        using (DirstateFile old = DirstateFile.Open(FilePath)!)
        {
            before = All(old);
            Assert.Equal(default, old.Reader.Stamp);
            DirstateFile.Update(FilePath, s_tree, [Entry(5, 1)]);
            using DirstateFile upgraded = old.Reopen()!;
            Assert.Equal([.. before, Describe(Entry(5, 1))], All(upgraded));
            Assert.Equal(1, upgraded.Reader.Stamp.Sequence);
            Assert.False(upgraded.Reader.TryGetChangesSince(old.Reader.Stamp, out _));
        }

        File.WriteAllBytes(FilePath, [.. version1, 0]);
        Assert.Throws<DirstateFormatException>(() => DirstateFile.Open(FilePath));
    }

    [Fact]
    public void A_damaged_file_is_an_error_and_not_a_crash()
    {
        DirstateFile.Update(FilePath, s_tree, Files(0, 100));
        byte[] whole = File.ReadAllBytes(FilePath);
        for (int length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(FilePath, whole[..length]);
            Assert.Throws<DirstateFormatException>(() => DirstateFile.Open(FilePath));
        }
    }

    [Fact]
    public void A_file_that_is_gone_reopens_as_none()
    {
        DirstateFile.Update(FilePath, s_tree, Files(0, 10));
        using DirstateFile state = DirstateFile.Open(FilePath)!;
        File.Delete(FilePath);
        Assert.Null(state.Reopen());
        DirstateFile.Update(FilePath, s_tree, Files(0, 11));
        using DirstateFile anew = state.Reopen()!;
        Assert.NotEqual(state.Reader.Stamp.Lineage, anew.Reader.Stamp.Lineage);
        Assert.Equal((10, 11), (All(state).Length, All(anew).Length));
    }

    private static byte[] ToVersion1(byte[] version2)
    {
        using MemoryStream output = new();
        int index = (int)BitConverter.ToInt64(version2, 24);
        byte[] header = [.. version2[..64]];
        header[8] = 1;
        BitConverter.TryWriteBytes(header.AsSpan(24), index - 16L);
        output.Write(header);
        output.Write(BitConverter.GetBytes(Formats.Checksum.Compute(header)));
        output.Write(new byte[4]);
        output.Write(version2.AsSpan(88, index - 88));
        byte[] offsets = BitConverter.GetBytes(72L);
        output.Write(offsets);
        output.Write(BitConverter.GetBytes(Formats.Checksum.Compute(offsets)));
        return output.ToArray();
    }

    private static DirstateEntry[] Files(int first, int count) => [.. Enumerable.Range(first, count).Select(i => Entry(i, i))];

    private static DirstateEntry Entry(int number, int size) =>
        new(Encoding.ASCII.GetBytes($"dir{number / 100:D4}/file{number:D6}"), FileMode.Regular, s_tree, new RecordedStat(size, 1_600_000_000_000_000_000 + number, 1_600_000_000_000_000_000 - number, (ulong)number));

    private static string Name(DirstateEntry entry) => Encoding.ASCII.GetString(entry.Path.Span);

    private static string Describe(DirstateEntry entry) => $"{Name(entry)} {entry.Mode} {entry.Id} {entry.Stat}";

    private static string[] All(DirstateFile file)
    {
        List<string> all = [];
        for (DirstateCursor cursor = file.Reader.Open(); cursor.MoveNext();)
            all.Add(Describe(cursor.Current));
        return [.. all];
    }
}
