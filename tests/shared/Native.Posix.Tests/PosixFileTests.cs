namespace Monorepo.Native.Posix.Tests;

public class PosixFileTests
{
    [Theory]
    [InlineData(null, 0)]
    [InlineData("/dev/shm", 1 << 20)]
    public void A_file_is_extended_with_memory_on_a_tmpfs_and_a_hole_elsewhere(string? parent, long bytesOnDiskMin)
    {
        using var scratch = new ScratchDirectory(parent);
        using FileDescriptor file = scratch.Create("mapped"u8, "abc"u8);
        PosixFile.Extend(file, 1 << 20);
        Assert.Equal(1 << 20, PosixFile.GetStatus(file).SizeBytes);
        Assert.InRange(PosixFile.MeasureDisk(file), bytesOnDiskMin, 2 << 20);
        PosixFile.Extend(file, 10);
        Assert.Equal(10, PosixFile.GetStatus(file).SizeBytes);
    }

    [Fact]
    public void What_is_written_is_read_back_and_counted()
    {
        using var scratch = new ScratchDirectory();
        using FileDescriptor file = scratch.Create("f"u8, "hello world"u8);
        PosixFile.WriteAt(file, "HE"u8, 0);
        PosixFile.Sync(file);
        byte[] buffer = new byte[32];
        Assert.Equal(11, PosixFile.ReadAt(file, buffer, 0));
        Assert.Equal("HEllo world"u8, buffer.AsSpan(0, 11));
        Assert.Equal(0, PosixFile.Read(file, buffer));
        PosixFile.SetLength(file, 3);
        FileStatus status = PosixFile.GetStatus(file);
        Assert.Equal(3, status.SizeBytes);
        Assert.Equal(FileKind.Regular, status.Kind);
        PosixFile.SetPermissions(file, 0x180);
        Assert.Equal(0x180u, PosixFile.GetStatus(file).Permissions);
    }

    [Fact]
    public void Status_agrees_with_the_runtimes_own()
    {
        using var scratch = new ScratchDirectory();
        using FileDescriptor file = scratch.Create("f"u8, "x"u8);
        string path = Path.Combine(scratch.Path, "f");
        var time = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(1234567);
        File.SetLastWriteTimeUtc(path, time);
        Assert.Equal(Errno.None, PosixDirectory.SetMode(scratch.Root, "f"u8, 0x140));
        FileStatus status = PosixFile.GetStatus(file);
        Assert.Equal((time - DateTime.UnixEpoch).Ticks * 100, status.MtimeNs);
        Assert.Equal(0x140u, status.Permissions);
        Assert.True(status.IsOwnerExecutable);
        Assert.Equal(1ul, status.Links);
        Assert.True(status.CtimeNs > status.MtimeNs);
    }

    [Fact]
    public void A_read_from_a_directory_throws_with_the_call_and_the_reason()
    {
        using var scratch = new ScratchDirectory();
        PosixException exception = Assert.Throws<PosixException>(() => PosixFile.Read(scratch.Root, new byte[1]));
        Assert.Equal(Errno.IsDirectory, exception.Errno);
        Assert.Equal("read", exception.Operation);
        Assert.Contains("Is a directory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exceptions_text_quotes_bytes_that_do_not_print()
    {
        var exception = new PosixException("openat", Errno.NoEntry, [(byte)'a', 0xff, (byte)'\n']);
        Assert.Contains(@"openat 'a\377\012': No such file", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_one_open_file_has_the_lock_until_it_is_closed()
    {
        using var scratch = new ScratchDirectory();
        FileDescriptor first = scratch.Create("lock"u8);
        PosixDirectory.OpenAt(scratch.Root, "lock"u8, OpenFlags.ReadWrite, 0, out FileDescriptor? second);
        using (second)
        {
            Assert.True(PosixFile.TryLockExclusive(first));
            Assert.False(PosixFile.TryLockExclusive(second!));
            first.Dispose();
            Assert.True(PosixFile.TryLockExclusive(second!));
        }
    }

    [Fact]
    public void A_mapping_shows_the_file_and_is_refused_after_dispose()
    {
        using var scratch = new ScratchDirectory();
        using FileDescriptor file = scratch.Create("f"u8, "mapped"u8);
        var mapped = new MappedFile(file, 6);
        Assert.Equal("mapped"u8, mapped.GetSpan());
        Assert.Equal((byte)'p', mapped.Memory.Span[2]);
        ((IDisposable)mapped).Dispose();
        Assert.Throws<ObjectDisposedException>(() => mapped.GetSpan().Length);
        using FileDescriptor empty = scratch.Create("e"u8);
        using var none = new MappedFile(empty, 0);
        Assert.Equal(0, none.GetSpan().Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    [InlineData(9000)]
    public void A_mapping_may_start_anywhere(int offset)
    {
        using var scratch = new ScratchDirectory();
        byte[] content = new byte[10_000];
        new Random(1).NextBytes(content);
        using FileDescriptor file = scratch.Create("f"u8, content);
        using var mapped = new MappedFile(file, 1000, offset);
        Assert.Equal(content.AsSpan(offset, 1000), mapped.GetSpan());
    }
}
