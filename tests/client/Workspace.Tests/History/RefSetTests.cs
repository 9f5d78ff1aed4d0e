using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Tests.History;

public sealed class RefSetTests : IDisposable
{
    private const int Seed = 31;

    private readonly TempDirectory _directory = new();
    private readonly Random _random = new(Seed);

    private string Path => _directory.File("refs");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_saved_is_read_found_and_listed_by_name()
    {
        RefEntry[] entries = [.. Enumerable.Range(0, 500).Select(i => Entry($"refs/heads/b{i % 7}/ü{i}", i)).OrderBy(_ => _random.Next())];
        RefSet.Create(77, RefName.Parse("refs/heads/main"), entries).Save(Path);
        RefSet read = RefSet.Load(Path);
        Assert.Equal((77UL, 500, "refs/heads/main"), (read.Offset, read.Count, read.DefaultBranch!.Value.Value));
        Assert.Equal(entries.OrderBy(e => e.Name.Value, StringComparer.Ordinal), read.List());
        Assert.All(entries, e => Assert.Equal(e, read.Find(e.Name)));
        Assert.Null(read.Find(RefName.Parse("refs/heads/none")));
        Assert.Null(RefSet.Empty.Find(RefName.Parse("refs/heads/none")));
        Assert.Throws<ArgumentException>(() => RefSet.Create(1, null, [entries[0], entries[1], entries[0]]));
    }

    [Fact]
    public void Moves_are_those_that_comparing_one_by_one_finds()
    {
        for (int round = 0; round < 200; round++)
        {
            Dictionary<RefName, RefEntry> before = Random(round % 12);
            Dictionary<RefName, RefEntry> now = new(before);
            for (int change = 0; change < round % 5; change++)
            {
                RefEntry entry = Entry($"refs/heads/{_random.Next(14)}", _random.Next(3));
                if (!now.Remove(entry.Name))
                {
                    now[entry.Name] = entry;
                }
            }

            foreach (RefName name in before.Keys.Intersect(now.Keys).Where(_ => _random.Next(4) == 0).ToList())
            {
                now[name] = Entry(name.Value, 5);
            }

            List<RefMove> expected = [];
            foreach (RefName name in before.Keys.Union(now.Keys).OrderBy(n => n.Value, StringComparer.Ordinal))
            {
                ObjectId? old = before.TryGetValue(name, out RefEntry b) ? b.Target : null;
                ObjectId? fresh = now.TryGetValue(name, out RefEntry n) ? n.Target : null;
                if (old != fresh)
                {
                    expected.Add(new RefMove(name, old, fresh));
                }
            }

            RefSet older = RefSet.Create(1, null, before.Values);
            RefSet newer = RefSet.Create(2, null, now.Values);
            Assert.Equal(expected, newer.MovesSince(older));
            Assert.Equal(before.Count == now.Count && expected.Count == 0 && before.All(p => now[p.Key] == p.Value), RefSet.Create(1, null, now.Values).IsSameAs(older));
        }
    }

    [Fact]
    public void Damage_and_other_versions_are_refused()
    {
        RefSet.Create(7, RefName.Parse("refs/heads/a"), [Entry("refs/heads/a", 1), Entry("refs/tags/b", 2)]).Save(Path);
        byte[] good = File.ReadAllBytes(Path);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 1;
            File.WriteAllBytes(Path, bad);
            Assert.Throws<CorruptHistoryException>(() => RefSet.Load(Path));
            File.WriteAllBytes(Path, good[..at]);
            Assert.Throws<CorruptHistoryException>(() => RefSet.Load(Path));
        }

        File.WriteAllText(Path, "mr-refs 1 7 refs/heads/a\n");
        Assert.Contains("run 'mr pull'", Assert.Throws<CorruptHistoryException>(() => RefSet.Load(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        RefSet.Create(7, RefName.Parse("refs/heads/a"), [Entry("refs/heads/a", 1), Entry("refs/tags/b", 2) with { Peeled = Id(3) }]).Save(Path);
        string id1 = new string('0', 39) + "1";
        string id2 = new string('0', 39) + "2";
        string id3 = new string('0', 39) + "3";
        string rest = $"7 refs/heads/a\n{id1} refs/heads/a\n{id2} refs/tags/b {id3}\n";
        uint check = Monorepo.Formats.Checksum.Compute(Encoding.UTF8.GetBytes(rest));
        Assert.Equal($"mr-refs 2 {check:x8} {rest}", File.ReadAllText(Path));
    }

    private static ObjectId Id(int number) => ObjectId.Parse(number.ToString("x40", CultureInfo.InvariantCulture));

    private static RefEntry Entry(string name, int target) => new(RefName.Parse(name), Id(target), target % 5 == 4 ? Id(target + 1) : null);

    private Dictionary<RefName, RefEntry> Random(int count) =>
        Enumerable.Range(0, count).Select(_ => Entry($"refs/heads/{_random.Next(14)}", _random.Next(3))).DistinctBy(e => e.Name).ToDictionary(e => e.Name);
}
