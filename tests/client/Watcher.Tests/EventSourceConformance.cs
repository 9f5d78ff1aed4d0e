using Monorepo.Native.Posix;

namespace Monorepo.Watcher.Tests;

/// <summary>What every event source promises.</summary>
public abstract class EventSourceConformance(EventSourceKind kind)
{
    // Renames of directories in quick succession make FileSystemWatcher's own thread end, at times with the whole process, by a stack overflow
    // (dotnet/runtime issue 133420): nothing of ours can mend that.
    private readonly bool _movesTrees = kind == EventSourceKind.Inotify;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_happens_is_told_before_the_answer(int seed)
    {
        using Folder folder = new(kind);
        RandomFileOperations operations = new(folder.Root, seed, _movesTrees);
        for (int i = 0; i < 30; i++)
            operations.Step();
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        Dictionary<string, FileStatus> before = folder.Snapshot();
        Random random = new(seed);
        for (int step = 0; step < 300; step++)
        {
            for (int i = random.Next(1, 6); i > 0; i--)
                operations.Step();
            ChangeSet changes = folder.Ask(clock);
            Dictionary<string, FileStatus> after = folder.Snapshot();
            Folder.AssertTold(before, after, changes, $"seed {seed} step {step}");
            AssertNothingLost(folder, changes, $"seed {seed} step {step}");
            (clock, before) = (changes.Now, after);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Questions_amid_a_storm_miss_nothing_of_it(int seed)
    {
        using Folder folder = new(kind);
        folder.Watched.Start();
        WatchClock first = folder.Ask(WatchClock.None).Now;
        Dictionary<string, FileStatus> before = folder.Snapshot();
        Thread storm = new(() =>
        {
            RandomFileOperations operations = new(folder.Root, seed, _movesTrees);
            for (int i = 0; i < 3000; i++)
                operations.Step();
        });
        storm.Start();
        List<ChangedPath> told = [];
        WatchClock clock = first;
        bool everything = false;

        // A caller that consumes as it goes: what it was told before a change counts for nothing after it.
        while (storm.IsAlive)
        {
            ChangeSet part = folder.Ask(clock);
            everything |= part.IsEverything;
            clock = part.Now;
        }

        storm.Join();
        ChangeSet all = folder.Ask(first);
        told.AddRange(all.Paths);
        Folder.AssertTold(before, folder.Snapshot(), new ChangeSet(all.Now, all.IsEverything || everything, told), $"seed {seed}");

        // After the storm, every directory is watched at its place.
        AssertEveryDirectoryIsWatched(folder, seed);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void Watches_that_are_set_amid_a_storm_are_complete(int seed)
    {
        using Folder folder = new(kind);
        RandomFileOperations operations = new(folder.Root, seed, _movesTrees);
        for (int i = 0; i < 300; i++)
            operations.Step();

        // Wide enough that the storm does not end before the watches are set.
        for (int i = 0; i < 2000; i++)
            Directory.CreateDirectory(folder.At($"wide/{i % 40}/{i}"));
        using CancellationTokenSource ends = new();
        Thread storm = new(() =>
        {
            while (!ends.IsCancellationRequested)
                operations.Step();
        });
        storm.Start();
        try
        {
            folder.Watched.Start();
        }
        finally
        {
            ends.Cancel();
            storm.Join();
        }

        AssertEveryDirectoryIsWatched(folder, seed);
    }

    [Fact]
    public void New_directories_that_are_filled_at_once_are_told()
    {
        using Folder folder = new(kind);
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        for (int i = 0; i < 200; i++)
            folder.Write($"new/{i % 20}/deep/{i}/file", "x");
        ChangeSet changes = folder.Ask(clock);
        Assert.Contains(changes.Paths, p => p.Path.AsSpan().SequenceEqual("new"u8));

        // Later changes far down are seen.
        clock = changes.Now;
        folder.Write("new/7/deep/7/file", "y");
        Assert.True(IsToldByName(folder.Ask(clock), "new/7/deep/7/file"));
    }

    [Fact]
    public void A_moved_tree_is_told_at_both_places_and_watched_at_the_new_one()
    {
        using Folder folder = new(kind);
        folder.Write("from/x/y/file", "1");
        string outside = Directory.CreateTempSubdirectory("outside-").FullName;
        Directory.CreateDirectory(Path.Combine(outside, "in/deep"));
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        Directory.Move(folder.At("from"), folder.At("to"));
        Directory.Move(Path.Combine(outside, "in"), folder.At("in"));
        ChangeSet changes = folder.Ask(clock);
        foreach (string path in (string[])["from", "to", "in"])
            Assert.Contains(changes.Paths, p => p.Path.AsSpan().SequenceEqual(System.Text.Encoding.UTF8.GetBytes(path)));
        folder.Write("to/x/y/file", "2");
        folder.Write("in/deep/file", "2");
        changes = folder.Ask(changes.Now);
        Assert.True(IsToldByName(changes, "to/x/y/file"));
        Assert.True(IsToldByName(changes, "in/deep/file"));
        Directory.Delete(outside);
    }

    [Fact]
    public void Links_are_told_and_not_followed()
    {
        using Folder folder = new(kind);
        string outside = Directory.CreateTempSubdirectory("outside-").FullName;
        File.CreateSymbolicLink(folder.At("link"), outside);
        File.CreateSymbolicLink(folder.At("loop"), ".");
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        File.WriteAllText(Path.Combine(outside, "file"), "x");
        Assert.Empty(folder.Ask(clock).Paths);
        File.Delete(folder.At("link"));
        Assert.Contains(folder.Ask(clock).Paths, p => p.Path.AsSpan().SequenceEqual("link"u8));
        Directory.Delete(outside, recursive: true);
    }

    [Fact]
    public void Repository_folders_at_the_top_are_left_out()
    {
        using Folder folder = new(kind);
        folder.Write(".git/objects/aa/b", "1");
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        folder.Write(".git/objects/aa/b", "2");
        folder.Write(".git/index", "2");
        folder.Write(".mr/dirstate", "2");
        Assert.Empty(folder.Ask(clock).Paths);
    }

    [Fact]
    public void A_repository_made_further_down_is_told_when_its_HEAD_is_there()
    {
        using Folder folder = new(kind);
        Directory.CreateDirectory(folder.At("sub/.git"));
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        folder.Write("sub/.git/HEAD", "ref: refs/heads/main\n");
        Assert.Contains(folder.Ask(clock).Paths, p => p.Path.AsSpan().SequenceEqual("sub/.git/HEAD"u8));
    }

    [Fact]
    public void Lost_events_make_everything_doubtful_once()
    {
        using Folder folder = new(kind);
        folder.Watched.Start();
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        folder.Watched.LoseEvents();
        folder.Write("made/while/blind", "x");
        ChangeSet changes = folder.Ask(clock);
        Assert.True(changes.IsEverything);
        Assert.Equal(1, folder.Watched.Restarts);
        folder.Write("made/while/blind", "y");
        changes = folder.Ask(changes.Now);
        Assert.False(changes.IsEverything);
        Assert.Contains(changes.Paths, p => p.Path.AsSpan().SequenceEqual("made/while/blind"u8));
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("renamed")]
    [InlineData("replaced")]
    public void A_top_that_is_gone_ends_the_watcher(string how)
    {
        using Folder folder = new(kind);
        folder.Watched.Start();
        Assert.Equal(SyncOutcome.Done, folder.Watched.Sync(Folder.Patience));
        string away = folder.Root + ".away";
        if (string.Equals(how, "removed", StringComparison.Ordinal))
            Directory.Delete(folder.Root, recursive: true);
        else
            Directory.Move(folder.Root, away);
        if (string.Equals(how, "replaced", StringComparison.Ordinal))
            Directory.CreateDirectory(folder.At(".mr/watcher"));
        Assert.Equal(SyncOutcome.RootGone, folder.Watched.Sync(Folder.Patience));
        if (Directory.Exists(away))
            Directory.Delete(away, recursive: true);
    }

    // FileSystemWatcher tells of a new directory as a whole, from then on.
    private bool IsToldByName(ChangeSet changes, string path) => kind == EventSourceKind.Inotify
        ? changes.Paths.Any(p => p.Path.AsSpan().SequenceEqual(System.Text.Encoding.UTF8.GetBytes(path)))
        : Folder.IsTold(changes, path);

    // FileSystemWatcher gives up when too much is new: the answer is "everything", which is right, and dear.
    private void AssertEveryDirectoryIsWatched(Folder folder, int seed)
    {
        WatchClock clock = folder.Ask(WatchClock.None).Now;
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string directory in Directory.EnumerateDirectories(folder.Root, "*", all).ToArray())
        {
            string relative = directory[(folder.Root.Length + 1)..];
            if (relative.StartsWith(".mr", StringComparison.Ordinal))
                continue;
            folder.Write(relative + "/probe", "x");
            ChangeSet changes = folder.Ask(clock);
            Assert.True(changes.IsEverything || IsToldByName(changes, relative + "/probe"), $"seed {seed}: {relative}");
            clock = changes.Now;
        }
    }

    private void AssertNothingLost(Folder folder, ChangeSet changes, string context)
    {
        if (kind == EventSourceKind.Inotify)
            Assert.True(folder.Watched.Restarts == 0 && !changes.IsEverything, $"{context}: {folder.Watched.LastLoss}");
    }
}

public sealed class InotifySourceTests() : EventSourceConformance(EventSourceKind.Inotify);

public sealed class FileSystemWatcherSourceTests() : EventSourceConformance(EventSourceKind.FileSystemWatcher);
