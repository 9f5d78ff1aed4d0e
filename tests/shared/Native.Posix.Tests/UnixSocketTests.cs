using System.Text;

namespace Monorepo.Native.Posix.Tests;

public sealed class UnixSocketTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    // Longer than any address of a socket may be.
    private readonly string _root = Directory.CreateDirectory(Path.Combine(Directory.CreateTempSubdirectory("socket-").FullName, new string('d', 200))).FullName;

    [Fact]
    public void What_is_written_at_one_end_is_read_at_the_other()
    {
        using FileDescriptor directory = Open();
        Assert.Equal(Errno.None, UnixSocket.Listen(directory, "s"u8, out FileDescriptor? listener));
        Assert.Equal(Errno.None, UnixSocket.Connect(directory, "s"u8, s_patience, out FileDescriptor? client));
        Assert.Equal(Errno.None, UnixSocket.Accept(listener!, s_patience, out FileDescriptor? server));
        PosixFile.Write(client!, "question"u8);
        byte[] buffer = new byte[100];
        Assert.Equal("question", Encoding.ASCII.GetString(buffer, 0, PosixFile.Read(server!, buffer)));
        server!.Dispose();
        Assert.Equal(0, PosixFile.Read(client!, buffer));
        client!.Dispose();
        listener!.Dispose();
    }

    [Fact]
    public void A_peer_that_says_nothing_is_waited_for_no_longer_than_the_timeout()
    {
        using FileDescriptor directory = Open();
        Assert.Equal(Errno.None, UnixSocket.Listen(directory, "s"u8, out FileDescriptor? listener));
        using (listener)
        {
            Assert.Equal(Errno.None, UnixSocket.Connect(directory, "s"u8, TimeSpan.FromMilliseconds(20), out FileDescriptor? client));
            using (client)
                Assert.Equal(Errno.TryAgain, Assert.Throws<PosixException>(() => PosixFile.Read(client!, new byte[1])).Errno);
        }
    }

    [Fact]
    public void Nobody_there_is_said_at_once()
    {
        using FileDescriptor directory = Open();
        Assert.Equal(Errno.NoEntry, UnixSocket.Connect(directory, "s"u8, s_patience, out _));
        Assert.Equal(Errno.None, UnixSocket.Listen(directory, "s"u8, out FileDescriptor? listener));
        listener!.Dispose();
        Assert.Equal(Errno.ConnectionRefused, UnixSocket.Connect(directory, "s"u8, s_patience, out _));
    }

    [Fact]
    public void Waiting_for_connections_ends_with_the_shutdown()
    {
        using FileDescriptor directory = Open();
        Assert.Equal(Errno.None, UnixSocket.Listen(directory, "s"u8, out FileDescriptor? listener));
        using (listener)
        {
            Errno ended = Errno.None;
            Thread waiting = new(() => ended = UnixSocket.Accept(listener!, s_patience, out _));
            waiting.Start();
            UnixSocket.Shutdown(listener!);
            Assert.True(waiting.Join(s_patience));
            Assert.Equal(Errno.Invalid, ended);
        }
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_root)!, recursive: true);

    private FileDescriptor Open()
    {
        Assert.Equal(Errno.None, PosixDirectory.Open(Encoding.UTF8.GetBytes(_root), OpenFlags.Directory, 0, out FileDescriptor? opened));
        return opened!;
    }
}
