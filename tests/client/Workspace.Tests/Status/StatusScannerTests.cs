using System.Runtime.InteropServices;
using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Ignore;
using Monorepo.Workspace.Status;

namespace Monorepo.Workspace.Tests.Status;

public sealed class StatusScannerTests : IDisposable
{
    private readonly WorkingTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void A_racy_file_of_the_same_size_and_time_is_read_and_its_record_forgotten()
    {
        _tree.Write("f", "one");
        _tree.Write("g", "one");
        List<TrackedEntry> tracked = [.. _tree.Commit(force: false).Select(t => t with { IsRacy = true })];
        _tree.Write("f", "two");
        _tree.MakeOld();
        StatusResult result = Scan(new TrackedEntries(tracked));
        Assert.Equal([" M f"], Lines(result));
        StatUpdate update = Assert.Single(result.StatUpdates);
        Assert.Equal("f", Encoding.UTF8.GetString(update.Path));
        Assert.Null(update.Status);
    }

    [Fact]
    public void A_racy_file_written_within_the_clocks_tick_is_clean_but_its_record_forgotten()
    {
        _tree.Write("f", "one");
        List<TrackedEntry> tracked = [.. _tree.Commit(force: false).Select(t => t with { IsRacy = true })];
        StatusResult result = Scan(new TrackedEntries(tracked), new FixedTime(DateTimeOffset.UtcNow));
        Assert.True(result.IsClean);
        Assert.Null(Assert.Single(result.StatUpdates).Status);
    }

    [Fact]
    public void A_file_that_was_only_touched_is_clean_and_its_new_status_returned()
    {
        _tree.Write("f", "one");
        _tree.Write("g", "one");
        _tree.Link("l"u8.ToArray(), "f");
        List<TrackedEntry> tracked = _tree.Commit(force: false);
        _tree.Write("f", "one");
        WorkingTree.Run("touch", "-h", Path.Combine(_tree.Root, "l"));
        StatusResult result = Scan(new TrackedEntries(tracked));
        Assert.Empty(result.Entries);
        Assert.Equal(["f", "l"], result.StatUpdates.Select(u => Encoding.UTF8.GetString(u.Path)));
        foreach (StatUpdate update in result.StatUpdates)
        {
            PosixDirectory.GetStatus(_tree.Top, update.Path, out FileStatus now);
            Assert.Equal(now, update.Status);
        }

        Assert.Empty(Scan(new TrackedEntries(tracked), new FixedTime(DateTimeOffset.UtcNow)).StatUpdates);
    }

    [Fact]
    public void Names_that_vanish_during_the_scan_are_deleted()
    {
        _tree.Write("a", "a");
        _tree.Write("b", "b");
        _tree.MakeDirectory("d"u8.ToArray());
        _tree.Write("d/x", "x");
        _tree.Write("z", "z");
        List<TrackedEntry> tracked = _tree.Commit(force: false);
        TrackedEntries racing = new(tracked)
        {
            // After the first file the top is listed and these names are in the listing.
            OnMove = passed =>
            {
                if (passed == 1)
                {
                    _tree.Remove("b"u8.ToArray());
                    _tree.Remove("d"u8.ToArray());
                }
            },
        };
        Assert.Equal([" D b", " D d/x"], Lines(Scan(racing)));
    }

    [Fact]
    public void A_file_replaced_by_a_pipe_during_the_scan_does_not_hang_it()
    {
        _tree.Write("a", "a");
        _tree.Write("b", "b");
        List<TrackedEntry> tracked = _tree.Commit(force: false);
        TrackedEntries racing = new(tracked)
        {
            OnMove = passed =>
            {
                if (passed == 1)
                {
                    _tree.Remove("b"u8.ToArray());
                    WorkingTree.Run("mkfifo", Path.Combine(_tree.Root, "b"));
                }
            },
        };
        Assert.Equal([" M b"], Lines(Scan(racing)));
    }

    [Fact]
    public void What_may_not_be_read_is_named_and_the_rest_is_scanned()
    {
        _tree.MakeDirectory("closed"u8.ToArray());
        _tree.Write("closed/x", "x");
        _tree.Write("f", "f");
        _tree.Write("gone", "g");
        List<TrackedEntry> tracked = [.. _tree.Commit(force: false).Select(t => t with { Recorded = null })];
        _tree.Remove("gone"u8.ToArray());
        _tree.MakeDirectory("other"u8.ToArray());
        _tree.Write("other/x", "x");
        foreach (string name in (string[])["closed", "other", "f"])
            PosixDirectory.SetMode(_tree.Top, Encoding.UTF8.GetBytes(name), 0).ThrowIfFailed("fchmodat");
        PosixDirectory.SetMode(_tree.Top, "."u8, 0x1ED).ThrowIfFailed("fchmodat");
        StatusResult result = Unprivileged(() => Scan(new TrackedEntries(tracked)));
        Assert.Equal([" M f", " D gone"], Lines(result));
        Assert.Equal(["closed/ openat AccessDenied", "f openat AccessDenied", "other/ openat AccessDenied"], result.Unreadable.Select(u => $"{Encoding.UTF8.GetString(u.Path)} {u.Operation} {u.Errno}"));
        Assert.Equal(3, result.UnreadableCount);
        Assert.Equal(["closed/x", "f"], result.StatUpdates.Where(u => u.Status is null).Select(u => Encoding.UTF8.GetString(u.Path)));
    }

    [Fact]
    public void A_top_that_is_not_there_is_an_error_that_names_it()
    {
        byte[] top = [.. _tree.RootBytes, .. "/none"u8];
        PosixException error = Assert.Throws<PosixException>(() => new StatusScanner(top, TimeProvider.System).Scan(new TrackedEntries([]), new StatusOptions(), null, CancellationToken.None));
        Assert.Equal(Errno.NoEntry, error.Errno);
        Assert.Equal(top, error.Path);
    }

    [Fact]
    public void Our_own_folder_is_passed_over_and_another_clone_inside_is_one_path()
    {
        _tree.MakeDirectory(".mr"u8.ToArray());
        _tree.Write(".mr/config", "x");
        _tree.MakeDirectory("clone"u8.ToArray());
        _tree.MakeDirectory("clone/.mr"u8.ToArray());
        _tree.Write("clone/x.o", "x");
        StatusResult result = new StatusScanner(_tree.RootBytes, TimeProvider.System)
            .Scan(new TrackedEntries([]), new StatusOptions { IgnoreFallbacks = [IgnorePatterns.Parse("*.o\n"u8)] }, null, CancellationToken.None);
        Assert.Equal(["?? clone/"], Lines(result));
    }

    [Fact]
    public async Task Progress_is_told_and_cancelling_stops_the_scan()
    {
        for (int i = 0; i < 4200; i++)
            _tree.Write($"f{i}", "");
        using CancellationTokenSource source = new();
        StatusScanner scanner = new(_tree.RootBytes, TimeProvider.System);
        Steps steps = new(_ => { });
        StatusResult result = await scanner.ScanAsync(new TrackedEntries([]), new StatusOptions(), steps, source.Token);
        Assert.Equal([4096], steps.Seen);
        Assert.Equal(4200, result.FileCount);
        _tree.MakeDirectory("zz"u8.ToArray());
        Steps cancelling = new(_ => source.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scanner.ScanAsync(new TrackedEntries([]), new StatusOptions(), cancelling, source.Token));
    }

    private static string[] Lines(StatusResult result)
    {
        System.Buffers.ArrayBufferWriter<byte> output = new();
        PorcelainFormatter.Write(result.Entries, output, nulTerminated: true);
        return Encoding.UTF8.GetString(output.WrittenSpan).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    // An hour ahead, so that what was just written counts as settled.
    private StatusResult Scan(TrackedEntries tracked) => Scan(tracked, new FixedTime(DateTimeOffset.UtcNow.AddHours(1)));

    private StatusResult Scan(TrackedEntries tracked, TimeProvider time) =>
        new StatusScanner(_tree.RootBytes, time).Scan(tracked, new StatusOptions(), null, CancellationToken.None);

    // Root reads everything; on Linux a thread can give that up for itself.
    private static T Unprivileged<T>(Func<T> action)
    {
        T? result = default;
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                if (Environment.IsPrivilegedProcess)
                    _ = SetFileSystemUser(65534);
                result = action();
            }
#pragma warning disable CA1031 // Handed to the test's own thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException("The scan failed.", failure);
    }

#pragma warning disable SYSLIB1054 // One call of plain integers; generated code would need unsafe blocks in the project.
    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(int user);
#pragma warning restore SYSLIB1054

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class Steps(Action<long> then) : IProgress<long>
    {
        public List<long> Seen { get; } = [];

        public void Report(long value)
        {
            Seen.Add(value);
            then(value);
        }
    }
}
