using System.Diagnostics;
using System.Text;

namespace Monorepo.Native.Posix.Tests;

/// <summary>An empty directory of its own for one test, opened, and removed afterwards.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    /// <param name="parent">Where; null: in the directory for temporary files.</param>
    public ScratchDirectory(string? parent = null)
    {
        Path = System.IO.Path.Combine(parent ?? System.IO.Path.GetTempPath(), $"posix-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        Assert.Equal(Errno.None, PosixDirectory.Open(Encoding.UTF8.GetBytes(Path), OpenFlags.Directory, 0, out FileDescriptor? root));
        Root = root!;
    }

    public string Path { get; }

    public FileDescriptor Root { get; }

    public FileDescriptor Create(ReadOnlySpan<byte> name, ReadOnlySpan<byte> content = default)
    {
        Assert.Equal(Errno.None, PosixDirectory.OpenAt(Root, name, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive, 0x1B6, out FileDescriptor? file));
        PosixFile.Write(file!, content);
        return file!;
    }

    public void Dispose()
    {
        Root.Dispose();

        // The runtime's own recursive delete loses names that are not UTF-8.
        using Process remove = Process.Start("/bin/rm", ["-rf", Path]);
        remove.WaitForExit();
    }
}
