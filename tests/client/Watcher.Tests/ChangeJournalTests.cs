using System.Text;

namespace Monorepo.Watcher.Tests;

public sealed class ChangeJournalTests
{
    private readonly ChangeJournal _journal = new(7);

    [Fact]
    public void Each_path_is_told_once_with_its_latest_change()
    {
        WatchClock start = _journal.Now;
        Add("a", "b", "a");
        Assert.Equal(["b", "a"], Paths(_journal.Since(start)));
        WatchClock middle = _journal.Now;
        Add("c", "b");
        Assert.Equal(["c", "b"], Paths(_journal.Since(middle)));
        Assert.Equal(["a", "c", "b"], Paths(_journal.Since(start)));
        Assert.Empty(Paths(_journal.Since(_journal.Now)));
    }

    [Fact]
    public void Moments_of_others_and_moments_to_come_mean_everything()
    {
        Add("a");
        Assert.True(_journal.Since(WatchClock.None).IsEverything);
        Assert.True(_journal.Since(_journal.Now with { Instance = 8 }).IsEverything);
        Assert.True(_journal.Since(_journal.Now with { Sequence = 2 }).IsEverything);
        Assert.False(_journal.Since(_journal.Now).IsEverything);
    }

    [Fact]
    public void After_a_reset_the_past_is_everything()
    {
        WatchClock before = _journal.Now;
        Add("a");
        _journal.Reset();
        WatchClock after = _journal.Now;
        Add("b");
        Assert.True(_journal.Since(before).IsEverything);
        Assert.Equal(["b"], Paths(_journal.Since(after)));
    }

    [Fact]
    public void Crowds_are_folded_into_their_directory_and_nothing_is_forgotten()
    {
        WatchClock start = _journal.Now;
        Add("lone/file");
        for (int i = 0; i < 2 * ChangeJournal.PathsMax; i++)
            Add($"crowd/{i % 100}/{i}");
        ChangeSet all = _journal.Since(start);
        Assert.False(all.IsEverything);
        string[] told = Paths(all);
        Assert.Contains("lone/file", told);
        for (int i = 0; i < 100; i++)
            Assert.Contains($"crowd/{i}", told);
        Assert.InRange(_journal.Count, 101, ChangeJournal.PathsMax);

        // What changes in a folded directory later counts from then.
        WatchClock later = _journal.Now;
        Add("crowd/7/again");
        Assert.True(Paths(_journal.Since(later)) is ["crowd/7/again"] or ["crowd/7"]);
    }

    [Fact]
    public void Too_many_places_at_once_are_everything_and_memory_stays_bounded()
    {
        WatchClock start = _journal.Now;
        for (int i = 0; i <= 2 * ChangeJournal.PathsMax; i++)
            Add($"{i}/{i}");
        Assert.True(_journal.Since(start).IsEverything);
        Assert.InRange(_journal.Count, 0, ChangeJournal.PathsMax);
    }

    [Theory]
    [InlineData("c:7:12", true)]
    [InlineData("c:ffffffffffffffff:0", true)]
    [InlineData("c:7:-1", false)]
    [InlineData("c:7", false)]
    [InlineData("7:12", false)]
    [InlineData("c:x:12", false)]
    [InlineData("", false)]
    public void Clocks_are_read_as_they_are_written(string text, bool isClock)
    {
        Assert.Equal(isClock, WatchClock.TryParse(text, out WatchClock clock));
        Assert.Equal(isClock ? text : WatchClock.None.ToString(), clock.ToString());
    }

    private void Add(params string[] paths) => Array.ForEach(paths, p => _journal.Add(Encoding.UTF8.GetBytes(p), null));

    private static string[] Paths(ChangeSet changes)
    {
        Assert.False(changes.IsEverything);
        return [.. changes.Paths.Select(p => Encoding.UTF8.GetString(p.Path))];
    }
}
