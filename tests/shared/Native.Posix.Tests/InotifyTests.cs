using System.Text;

namespace Monorepo.Native.Posix.Tests;

public sealed class InotifyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("inotify-").FullName;

    [Fact]
    public void Tells_names_in_order_and_stops_waiting_when_asked()
    {
        using Inotify queue = Create();
        using FileDescriptor directory = Open(_root);
        Assert.Equal(Errno.None, queue.Watch(directory, InotifyEvents.Create | InotifyEvents.MovedFrom | InotifyEvents.MovedTo, out int watch));
        File.WriteAllText(Path.Combine(_root, "a"), "");
        Directory.CreateDirectory(Path.Combine(_root, "ä"));
        File.Move(Path.Combine(_root, "a"), Path.Combine(_root, "b"));
        Assert.True(queue.Wait());
        byte[] buffer = new byte[4096];
        InotifyReader reader = new(buffer.AsSpan(0, queue.Read(buffer)));
        List<string> seen = [];
        while (reader.MoveNext())
        {
            Assert.Equal(watch, reader.Watch);
            seen.Add($"{reader.Events} {Encoding.UTF8.GetString(reader.Name)}");
        }

        Assert.Equal(["Create a", "Create, IsDirectory ä", "MovedFrom a", "MovedTo b"], seen);
        Assert.Equal(0, queue.Read(buffer));
        queue.Stop();
        Assert.False(queue.Wait());
    }

    [Fact]
    public void The_same_directory_has_one_watch_wherever_it_was_moved()
    {
        using Inotify queue = Create();
        Directory.CreateDirectory(Path.Combine(_root, "x"));
        using FileDescriptor before = Open(Path.Combine(_root, "x"));
        Assert.Equal(Errno.None, queue.Watch(before, InotifyEvents.Create, out int first));
        Directory.Move(Path.Combine(_root, "x"), Path.Combine(_root, "y"));
        using FileDescriptor after = Open(Path.Combine(_root, "y"));
        Assert.Equal(Errno.None, queue.Watch(after, InotifyEvents.Create, out int second));
        Assert.Equal(first, second);
        queue.Unwatch(first);
        byte[] buffer = new byte[4096];
        InotifyReader reader = new(buffer.AsSpan(0, queue.Read(buffer)));
        Assert.True(reader.MoveNext());
        Assert.Equal(InotifyEvents.Ignored, reader.Events);
        Assert.True(reader.Name.IsEmpty);
    }

    [Fact]
    public void Only_directories_are_watched()
    {
        using Inotify queue = Create();
        File.WriteAllText(Path.Combine(_root, "file"), "");
        using FileDescriptor file = Open(Path.Combine(_root, "file"));
        Assert.Equal(Errno.NotDirectory, queue.Watch(file, InotifyEvents.Modify, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(17)]
    public void A_cut_event_is_refused(int bytes)
    {
        // Watch 1, created, no cookie, a name of 16 bytes.
        byte[] whole = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, (byte)'n', .. new byte[15]];
        InotifyReader all = new(whole);
        Assert.True(all.MoveNext());
        Assert.Equal("n", Encoding.UTF8.GetString(all.Name));
        Assert.False(all.MoveNext());
        Assert.Throws<PosixException>(() => new InotifyReader(whole.AsSpan(0, bytes)).MoveNext());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Inotify Create()
    {
        Assert.Equal(Errno.None, Inotify.Create(out Inotify? queue));
        return queue!;
    }

    private static FileDescriptor Open(string path)
    {
        Assert.Equal(Errno.None, PosixDirectory.Open(Encoding.UTF8.GetBytes(path), OpenFlags.ReadOnly, 0, out FileDescriptor? opened));
        return opened!;
    }
}
