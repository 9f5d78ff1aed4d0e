using System.Text;

namespace Monorepo.Native.Posix.Tests;

public class PosixDirectoryTests
{
    private static readonly byte[] s_oddName = [(byte)'n', 0xff, 0xfe, (byte)'\n', (byte)'"'];

    [Fact]
    public void A_listing_gives_every_name_byte_for_byte_with_its_kind()
    {
        using var scratch = new ScratchDirectory();
        var expected = new Dictionary<string, FileKind>(StringComparer.Ordinal);
        for (int i = 0; i < 300; i++)
        {
            byte[] name = Encoding.ASCII.GetBytes($"{i}-{new string('x', i % 200)}");
            scratch.Create(name).Dispose();
            expected.Add(Convert.ToHexString(name), FileKind.Regular);
        }

        scratch.Create(s_oddName).Dispose();
        expected.Add(Convert.ToHexString(s_oddName), FileKind.Regular);
        Assert.Equal(Errno.None, PosixDirectory.MakeDirectory(scratch.Root, "dir"u8, 0x1FF));
        expected.Add(Convert.ToHexString("dir"u8), FileKind.Directory);
        Assert.Equal(Errno.None, PosixDirectory.CreateSymlink(scratch.Root, "link"u8, s_oddName));
        expected.Add(Convert.ToHexString("link"u8), FileKind.SymbolicLink);

        var found = new Dictionary<string, FileKind>(StringComparer.Ordinal);
        var reader = new DirectoryReader(scratch.Root, new byte[512]);
        while (reader.MoveNext())
        {
            Assert.Equal(Errno.None, PosixDirectory.GetStatus(scratch.Root, reader.Name, out FileStatus status));
            found.Add(Convert.ToHexString(reader.Name), reader.Kind == FileKind.Unknown ? status.Kind : reader.Kind);
        }

        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), found.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/dev/shm")]
    public void A_directory_has_two_links_and_one_for_each_in_it_where_that_is_said(string? parent)
    {
        using var scratch = new ScratchDirectory(parent);
        Assert.Equal(Errno.None, PosixDirectory.MakeDirectory(scratch.Root, "leaf"u8, 0x1FF));
        Assert.Equal(Errno.None, PosixDirectory.MakeDirectory(scratch.Root, "two"u8, 0x1FF));
        Assert.Equal(Errno.None, PosixDirectory.MakeDirectory(scratch.Root, "two/a"u8, 0x1FF));
        Assert.Equal(Errno.None, PosixDirectory.MakeDirectory(scratch.Root, "two/b"u8, 0x1FF));
        Assert.Equal(Errno.None, PosixDirectory.GetStatus(scratch.Root, "leaf"u8, out FileStatus leaf));
        Assert.Equal(Errno.None, PosixDirectory.GetStatus(scratch.Root, "two"u8, out FileStatus two));
        if (PosixDirectory.CountsSubdirectories(scratch.Root))
            Assert.Equal((2UL, 4UL), (leaf.Links, two.Links));
        else
            Assert.Null(parent);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(4000)]
    public void A_link_of_any_length_is_read_back(int length)
    {
        using var scratch = new ScratchDirectory();
        byte[] target = Encoding.ASCII.GetBytes(new string('t', length));
        Assert.Equal(Errno.None, PosixDirectory.CreateSymlink(scratch.Root, "l"u8, target));
        Assert.Equal(Errno.None, PosixDirectory.ReadLink(scratch.Root, "l"u8, out byte[] read));
        Assert.Equal(target, read);
        PosixDirectory.GetStatus(scratch.Root, "l"u8, out FileStatus status);
        Assert.Equal(FileKind.SymbolicLink, status.Kind);
        Assert.Equal(length, status.SizeBytes);
    }

    [Fact]
    public void Rename_replaces_only_when_told_to()
    {
        using var scratch = new ScratchDirectory();
        scratch.Create("a"u8, "A"u8).Dispose();
        scratch.Create("b"u8, "B"u8).Dispose();
        Assert.Equal(Errno.Exists, PosixDirectory.Rename(scratch.Root, "a"u8, scratch.Root, "b"u8, replace: false));
        Assert.Equal("B", File.ReadAllText(Path.Combine(scratch.Path, "b")));
        Assert.Equal(Errno.None, PosixDirectory.Rename(scratch.Root, "a"u8, scratch.Root, "b"u8, replace: true));
        Assert.Equal("A", File.ReadAllText(Path.Combine(scratch.Path, "b")));
        Assert.Equal(Errno.NoEntry, PosixDirectory.GetStatus(scratch.Root, "a"u8, out _));
    }

    [Fact]
    public void Ordinary_failures_are_answers()
    {
        using var scratch = new ScratchDirectory();
        scratch.Create("f"u8).Dispose();
        Assert.Equal(Errno.NoEntry, PosixDirectory.OpenAt(scratch.Root, "none"u8, OpenFlags.ReadOnly, 0, out FileDescriptor? none));
        Assert.Null(none);
        Assert.Equal(Errno.NotDirectory, PosixDirectory.OpenAt(scratch.Root, "f/x"u8, OpenFlags.ReadOnly, 0, out _));
        Assert.Equal(Errno.Invalid, PosixDirectory.ReadLink(scratch.Root, "f"u8, out _));
        Assert.Equal(Errno.NameTooLong, PosixDirectory.GetStatus(scratch.Root, new byte[300].Select(_ => (byte)'x').ToArray(), out _));
        Assert.Equal(Errno.Exists, PosixDirectory.MakeDirectory(scratch.Root, "f"u8, 0x1FF));
        PosixDirectory.MakeDirectory(scratch.Root, "d"u8, 0x1FF);
        Assert.Equal(Errno.IsDirectory, PosixDirectory.Unlink(scratch.Root, "d"u8));
        Assert.Equal(Errno.None, PosixDirectory.RemoveDirectory(scratch.Root, "d"u8));
        Assert.Equal(Errno.None, PosixDirectory.SetMode(scratch.Root, "f"u8, 0x1ED));
        PosixDirectory.GetStatus(scratch.Root, "f"u8, out FileStatus status);
        Assert.Equal(0x1EDu, status.Permissions);
    }

    [Fact]
    public void A_NUL_in_a_name_is_refused_before_the_kernel_cuts_it()
    {
        using var scratch = new ScratchDirectory();
        Assert.Throws<ArgumentException>(() => PosixDirectory.Unlink(scratch.Root, "a\0b"u8));
    }

    [Fact]
    public void Opening_beneath_follows_no_link_and_never_leaves()
    {
        using var scratch = new ScratchDirectory();
        PosixDirectory.MakeDirectory(scratch.Root, "d"u8, 0x1FF);
        PosixDirectory.CreateSymlink(scratch.Root, "l"u8, "d"u8);
        Errno answer = PosixDirectory.OpenBeneath(scratch.Root, "d"u8, OpenFlags.Directory, out FileDescriptor? inside);
        if (answer == Errno.NotImplemented)
            Assert.Skip("The kernel has no openat2.");
        Assert.Equal(Errno.None, answer);
        inside!.Dispose();
        Assert.Equal(Errno.SymlinkLoop, PosixDirectory.OpenBeneath(scratch.Root, "l"u8, OpenFlags.Directory, out _));
        Assert.Equal(Errno.SymlinkLoop, PosixDirectory.OpenBeneath(scratch.Root, "l/x"u8, OpenFlags.ReadOnly, out _));
        Assert.Equal(Errno.CrossDevice, PosixDirectory.OpenBeneath(scratch.Root, ".."u8, OpenFlags.Directory, out _));
        Assert.Equal(Errno.CrossDevice, PosixDirectory.OpenBeneath(scratch.Root, "/"u8, OpenFlags.Directory, out _));
    }
}
