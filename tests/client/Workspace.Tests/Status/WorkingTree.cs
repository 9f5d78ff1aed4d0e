using System.Diagnostics;
using System.Text;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Testing.Git;

namespace Monorepo.Workspace.Tests.Status;

/// <summary>A git repository in a temporary folder, edited through byte paths.</summary>
internal sealed class WorkingTree : IDisposable
{
    private readonly bool _isOwner;

    /// <param name="root">A directory that is somebody else's; null: a new one.</param>
    public WorkingTree(string? root = null)
    {
        _isOwner = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("mr-status-").FullName;
        PosixDirectory.Open(RootBytes, OpenFlags.Directory, 0, out FileDescriptor? top).ThrowIfFailed("open", RootBytes);
        Top = top!;
        Git("init", "-q");
    }

    public string Root { get; }

    public byte[] RootBytes => Encoding.UTF8.GetBytes(Root);

    public FileDescriptor Top { get; }

    public byte[] Git(params string[] arguments) => GitCommand.Run(Root, arguments);

    /// <summary>Commits everything, makes all files old, and returns the commit's files with their status recorded.</summary>
    public List<TrackedEntry> Commit(bool force)
    {
        Git(force ? ["add", "-A", "-f"] : ["add", "-A"]);
        Git("commit", "-q", "--allow-empty", "-m", "x");
        MakeOld();
        return Tracked();
    }

    /// <summary>The files of HEAD with the status they have now.</summary>
    public List<TrackedEntry> Tracked()
    {
        List<TrackedEntry> entries = [];
        ReadOnlySpan<byte> list = Git("ls-tree", "-r", "-z", "HEAD");
        while (!list.IsEmpty)
        {
            int end = list.IndexOf((byte)0);
            ReadOnlySpan<byte> line = list[..end];
            list = list[(end + 1)..];
            int tab = line.IndexOf((byte)'\t');
            byte[] path = line[(tab + 1)..].ToArray();
            int mode = Convert.ToInt32(Encoding.ASCII.GetString(line[..6]), 8);
            Assert.True(ObjectId.TryParse(line.Slice(tab - 40, 40), out ObjectId id));
            bool exists = PosixDirectory.GetStatus(Top, path, out FileStatus status) == Errno.None;
            entries.Add(new TrackedEntry(path, (Core.FileMode)mode, id) { Recorded = exists ? status : null });
        }

        return entries;
    }

    public void MakeOld() => Run("find", Root, "-name", ".git", "-prune", "-o", "-exec", "touch", "-h", "-d", "2020-01-02 03:04:05", "{}", "+");

    public void Write(string path, string content, bool executable = false) => Write(Encoding.UTF8.GetBytes(path), content, executable);

    /// <summary>Does nothing where a parent is missing or the path is taken by something else than a file.</summary>
    public void Write(byte[] path, string content, bool executable = false)
    {
        Errno errno = PosixDirectory.OpenAt(Top, path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.NoFollow, 0x1A4, out FileDescriptor? file);
        if (errno != Errno.None)
            return;
        using (file)
            PosixFile.Write(file!, Encoding.UTF8.GetBytes(content));
        PosixDirectory.SetMode(Top, path, executable ? 0x1EDu : 0x1A4u).ThrowIfFailed("fchmodat", path);
    }

    public byte[] Read(byte[] path) =>
        PosixDirectory.OpenAt(Top, path, OpenFlags.NoFollow, 0, out FileDescriptor? file) == Errno.None ? ReadAndClose(file!) : [];

    public void MakeDirectory(byte[] path) => PosixDirectory.MakeDirectory(Top, path, 0x1ED);

    public void Link(byte[] path, string target) => PosixDirectory.CreateSymlink(Top, path, Encoding.UTF8.GetBytes(target));

    public FileKind Kind(byte[] path) => PosixDirectory.GetStatus(Top, path, out FileStatus status) == Errno.None ? status.Kind : FileKind.Unknown;

    /// <summary>All paths below a directory ("" is the top), parents first, without repository folders.</summary>
    public List<byte[]> List(byte[] directory)
    {
        List<byte[]> paths = [];
        if (PosixDirectory.OpenAt(Top, directory.Length == 0 ? "."u8 : directory, OpenFlags.Directory, 0, out FileDescriptor? opened) != Errno.None)
            return paths;
        using (opened)
        {
            DirectoryReader reader = new(opened!, new byte[DirectoryReader.BufferBytes]);
            while (reader.MoveNext())
            {
                if (!reader.Name.SequenceEqual(".git"u8) && !reader.Name.SequenceEqual(".mr"u8))
                    paths.Add(directory.Length == 0 ? reader.Name.ToArray() : [.. directory, (byte)'/', .. reader.Name]);
            }
        }

        paths.Sort((x, y) => x.AsSpan().SequenceCompareTo(y));
        foreach (byte[] path in paths.ToArray())
        {
            if (Kind(path) == FileKind.Directory)
                paths.AddRange(List(path));
        }

        return paths;
    }

    public void Remove(byte[] path)
    {
        if (Kind(path) != FileKind.Directory)
        {
            PosixDirectory.Unlink(Top, path);
            return;
        }

        foreach (byte[] inside in Enumerable.Reverse(List(path)))
            Remove(inside);
        PosixDirectory.RemoveDirectory(Top, path);
    }

    public static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    public void Dispose()
    {
        Top.Dispose();
        // Names that are not UTF-8 are out of reach for System.IO.
        if (_isOwner)
            Run("rm", "-rf", "--", Root);
    }

    private static byte[] ReadAndClose(FileDescriptor file)
    {
        using (file)
        {
            byte[] bytes = new byte[PosixFile.GetStatus(file).SizeBytes];
            int count = PosixFile.ReadAt(file, bytes, 0);
            return bytes[..count];
        }
    }
}
