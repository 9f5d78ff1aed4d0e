using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tests.Files;

public class PosixWorkingFilesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_component_may_be_a_link_and_nothing_escapes(bool forceComponentWalk)
    {
        using var root = new WorkingRoot(forceComponentWalk);
        root.Write("d/e/f", "x");
        File.CreateSymbolicLink(root.At("d/out"), "/tmp");
        File.CreateSymbolicLink(root.At("d/in"), "e");
        using (IWorkingDirectory? found = root.Files.OpenDirectory("d/e"u8))
            Assert.NotNull(found?.GetStatus("f"u8));
        Assert.Null(root.Files.OpenDirectory("d/out"u8));
        Assert.Null(root.Files.OpenDirectory("d/in"u8));
        Assert.Null(root.Files.OpenDirectory("d/in/x"u8));
        Assert.Null(root.Files.OpenDirectory("d/e/f"u8));
        Assert.Null(root.Files.OpenDirectory("none/x"u8));
        using IWorkingDirectory directory = root.Files.OpenDirectory("d"u8)!;
        Assert.Null(directory.OpenDirectory("in"u8));
        Assert.Null(directory.OpenRead("in"u8));
        Assert.Equal("e"u8, directory.ReadLink("in"u8)!);
        Assert.Null(directory.ReadLink("e"u8));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Paths_longer_than_the_kernel_takes_are_reached(bool forceComponentWalk)
    {
        using var root = new WorkingRoot(forceComponentWalk);
        byte[] name = Encoding.ASCII.GetBytes(new string('n', 200));
        byte[] path = [];
        IWorkingDirectory at = root.Files.OpenDirectory(path)!;
        for (int i = 0; i < 45; i++)
        {
            Assert.True(at.CreateDirectory(name));
            IWorkingDirectory next = at.OpenDirectory(name)!;
            at.Dispose();
            at = next;
            path = TreePaths.Join(path, name);
        }

        Assert.True(path.Length > 9000);
        at.TryCreate("deep"u8, executable: true)!.Dispose();
        at.Dispose();
        using IWorkingDirectory? deep = root.Files.OpenDirectory(path);
        Assert.True(deep?.GetStatus("deep"u8)?.IsOwnerExecutable);
    }

    [Fact]
    public void Ordinary_failures_are_answers()
    {
        using var root = new WorkingRoot();
        root.Write("f", "x");
        root.Write("full/f", "x");
        using IWorkingDirectory top = root.Files.OpenDirectory(default)!;
        Assert.False(top.Delete("none"u8));
        Assert.False(top.DeleteDirectory("none"u8));
        Assert.False(top.DeleteDirectory("full"u8));
        Assert.False(top.DeleteDirectory("f"u8));
        Assert.False(top.CreateDirectory("f"u8));
        Assert.Null(top.OpenRead("full"u8));
        Assert.Null(top.TryCreate("f"u8, executable: false));
        Assert.True(top.Delete("f"u8));
    }

    [Fact]
    public void A_listing_is_in_gits_tree_order()
    {
        using var root = new WorkingRoot();
        foreach (string name in (string[])["a.b", "a0", "b", "a-"])
            root.Write(name, "");
        root.Write("a/x", "");
        using IWorkingDirectory top = root.Files.OpenDirectory(default)!;
        var listing = new DirectoryListing();
        top.List(listing);
        Assert.Equal([".mr", "a-", "a.b", "a", "a0", "b"], Enumerable.Range(0, listing.Count).Select(i => Encoding.UTF8.GetString(listing.Name(i))));
        Assert.Equal(FileKind.Directory, listing.Kind(3));
        top.List(listing);
        Assert.Equal(6, listing.Count);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a\0b", false)]
    [InlineData(".git", false)]
    [InlineData(".GiT", false)]
    [InlineData(".mr", false)]
    [InlineData(".MR", false)]
    [InlineData("...", true)]
    [InlineData(".gitignore", true)]
    [InlineData("a\nb", true)]
    public void Names_that_could_harm_are_not_safe(string name, bool isSafe) =>
        Assert.Equal(isSafe, WorkingPath.IsSafeName(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void A_name_longer_than_the_file_system_keeps_is_not_safe()
    {
        Assert.True(WorkingPath.IsSafeName(Encoding.ASCII.GetBytes(new string('x', 255))));
        Assert.False(WorkingPath.IsSafeName(Encoding.ASCII.GetBytes(new string('x', 256))));
    }
}
