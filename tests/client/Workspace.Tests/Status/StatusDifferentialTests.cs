using System.Buffers;
using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Status;

namespace Monorepo.Workspace.Tests.Status;

/// <summary>Random trees and random edits: the printed status must be git's, byte for byte.</summary>
public sealed class StatusDifferentialTests
{
    private static readonly byte[][] s_names =
    [
        "a"u8.ToArray(), "b"u8.ToArray(), "ab"u8.ToArray(), "a.b"u8.ToArray(), "a-b"u8.ToArray(), "a b"u8.ToArray(), "q\"uote"u8.ToArray(), "new\nline"u8.ToArray(),
        "tab\t"u8.ToArray(), [0xFF, 0xFE, 0x41], "ä"u8.ToArray(), "back\\slash"u8.ToArray(), "foo.o"u8.ToArray(), "x.log"u8.ToArray(), "keep.log"u8.ToArray(),
        "build"u8.ToArray(), "z"u8.ToArray(), [0x7F, 0x01, 0x0B], "'"u8.ToArray(), "a0"u8.ToArray(),
    ];

    private static readonly string[] s_ignoreLines = ["*.o", "build/", "*.log", "!keep.log", "/a", "a b", "ab/", "z", "!/z", "ä", "*", "!*/", "a-b/*"];

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Random_edits_give_the_bytes_of_git_status(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 7; round++)
        {
            using WorkingTree tree = new();
            Grow(tree, random, [], depth: 0);
            List<TrackedEntry> tracked = tree.Commit(force: random.Next(2) == 0);
            int edits = round == 0 ? 0 : random.Next(1, 40);
            for (int i = 0; i < edits; i++)
                Edit(tree, random);
            tracked = [.. tracked.Select(t => random.Next(3) switch { 0 => t with { Recorded = null }, 1 => t with { IsRacy = true }, _ => t })];
            await AssertSameAsGit(tree, tracked, round % 2 == 0, $"seed {seed} round {round}");
        }
    }

    [Fact]
    public async Task Submodules_are_only_looked_at_for_being_a_directory()
    {
        using WorkingTree tree = new();
        string commit = new('1', 40);
        foreach (string name in (string[])["empty", "filled", "gone", "file"])
            tree.Git("update-index", "--add", "--cacheinfo", $"160000,{commit},{name}");
        tree.Git("commit", "-q", "-m", "x");
        tree.MakeDirectory("empty"u8.ToArray());
        tree.MakeDirectory("filled"u8.ToArray());
        tree.Write("filled/x", "x");
        // Sorts between a submodule's name and its directory's.
        tree.Write("filled.txt", "x");
        tree.Write("file", "x");
        await AssertSameAsGit(tree, tree.Tracked(), zWhenIgnored: true, "submodules");
    }

    [Fact]
    public async Task What_stands_in_a_tracked_files_place_is_told_as_git_tells_it()
    {
        using WorkingTree tree = new();
        foreach (string name in (string[])["dir", "empty", "full", "full.txt", "link", "pipe", "ignored"])
            tree.Write(name, name);
        tree.Link("pipe-link"u8.ToArray(), "x");
        tree.MakeDirectory("sub"u8.ToArray());
        tree.Write("sub/x", "x");
        tree.MakeDirectory("other"u8.ToArray());
        tree.Write("other/x", "x");
        List<TrackedEntry> tracked = tree.Commit(force: false);
        foreach (string name in (string[])["dir", "empty", "full", "link", "pipe", "ignored", "pipe-link", "sub", "other"])
            tree.Remove(Encoding.UTF8.GetBytes(name));
        foreach (string name in (string[])["dir", "empty", "full", "ignored"])
            tree.MakeDirectory(Encoding.UTF8.GetBytes(name));
        tree.Write(".gitignore", "*.o\n");
        tree.Write("full/a", "a");
        tree.Write("full/a.o", "a");
        tree.Write("ignored/a.o", "a");
        tree.Write("sub", "now a file");
        tree.Link("other"u8.ToArray(), "elsewhere");
        tree.Link("link"u8.ToArray(), "elsewhere");
        WorkingTree.Run("mkfifo", Path.Combine(tree.Root, "pipe"), Path.Combine(tree.Root, "pipe-link"), Path.Combine(tree.Root, "untracked-pipe"));
        await AssertSameAsGit(tree, tracked, zWhenIgnored: true, "replaced");
    }

    private static async Task AssertSameAsGit(WorkingTree tree, List<TrackedEntry> tracked, bool zWhenIgnored, string what)
    {
        foreach (bool ignored in (bool[])[false, true])
        {
            StatusScanner scanner = new(tree.RootBytes, TimeProvider.System);
            StatusOptions options = new() { IncludeIgnored = ignored };
            StatusResult result = await scanner.ScanAsync(new TrackedEntries(tracked), options, progress: null, CancellationToken.None);
            StatusResult parallel = new ParallelScan(scanner, () => new TrackedEntries(tracked)).Run(options, CancellationToken.None);
            Assert.Equal(result.Entries.Select(Line), parallel.Entries.Select(Line));
            Assert.Equal(result.FileCount, parallel.FileCount);
            // Both forms with and without ignored paths come up across the calls; each git process costs as much as the scan.
            bool z = ignored == zWhenIgnored;
            string[] arguments = [.. (string[])["status", "--porcelain=v1"], .. z ? (string[])["-z"] : [], .. ignored ? (string[])["--ignored"] : []];
            string expected = Encoding.Latin1.GetString(GitCommand.Run(tree.Root, arguments));
            ArrayBufferWriter<byte> ours = new();
            PorcelainFormatter.Write(result.Entries, ours, z);
            string actual = Encoding.Latin1.GetString(ours.WrittenSpan);
            Assert.True(
                string.Equals(expected, actual, StringComparison.Ordinal),
                $"{what}, {string.Join(' ', arguments)}:\ngit:\n{expected.Replace('\0', '\n')}\nours:\n{actual.Replace('\0', '\n')}");
            Assert.Equal(0, result.UnreadableCount);
        }
    }

    private static string Line(StatusEntry entry) => $"{entry.Code} {Convert.ToHexString(entry.Path)}";

    private static void Grow(WorkingTree tree, Random random, byte[] directory, int depth)
    {
        foreach (byte[] name in s_names.Where(_ => random.Next(depth + 2) == 0))
        {
            byte[] path = directory.Length == 0 ? name : [.. directory, (byte)'/', .. name];
            if (random.Next(3) == 0 && depth < 3)
            {
                tree.MakeDirectory(path);
                Grow(tree, random, path, depth + 1);
            }
            else
            {
                MakeFile(tree, random, path);
            }
        }

        if (random.Next(3) == 0)
            WriteIgnoreFile(tree, random, directory);
    }

    private static void WriteIgnoreFile(WorkingTree tree, Random random, byte[] directory) => tree.Write(
        directory.Length == 0 ? ".gitignore"u8.ToArray() : [.. directory, .. "/.gitignore"u8],
        string.Join('\n', s_ignoreLines.Where(_ => random.Next(5) == 0)));

    private static void MakeFile(WorkingTree tree, Random random, byte[] path)
    {
        if (random.Next(6) == 0)
            tree.Link(path, $"target{random.Next(10)}");
        else
            tree.Write(path, new string((char)random.Next('a', 'z'), random.Next(300)), executable: random.Next(5) == 0);
    }

    private static void Edit(WorkingTree tree, Random random)
    {
        List<byte[]> paths = tree.List([]);
        byte[][] directories = [[], .. paths.Where(p => tree.Kind(p) == FileKind.Directory)];
        byte[] directory = directories[random.Next(directories.Length)];
        byte[] name = s_names[random.Next(s_names.Length)];
        byte[] fresh = directory.Length == 0 ? name : [.. directory, (byte)'/', .. name];
        byte[] path = paths.Count == 0 ? fresh : paths[random.Next(paths.Count)];
        FileKind kind = tree.Kind(path);
        bool isFile = kind == FileKind.Regular;
        switch (random.Next(13))
        {
            case 0 when isFile:
                byte[] same = tree.Read(path);
                tree.Write(path, new string('#', same.Length));
                break;
            case 1 when isFile:
                tree.Write(path, Encoding.Latin1.GetString(tree.Read(path)) + "more");
                break;
            case 2 when isFile:
                tree.Write(path, Encoding.UTF8.GetString(tree.Read(path)));
                break;
            case 3 when isFile:
                tree.Write(path, Encoding.UTF8.GetString(tree.Read(path)), executable: random.Next(2) == 0);
                break;
            case 4:
                tree.Remove(path);
                break;
            case 5 when kind == FileKind.SymbolicLink:
                tree.Remove(path);
                tree.Link(path, $"target{random.Next(10)}");
                break;
            case 6 when isFile:
                tree.Remove(path);
                tree.MakeDirectory(path);
                if (random.Next(3) > 0)
                    Grow(tree, random, path, depth: 2);
                break;
            case 7 when kind == FileKind.Directory:
                tree.Remove(path);
                MakeFile(tree, random, path);
                break;
            case 8 when isFile:
                tree.Remove(path);
                tree.Link(path, "elsewhere");
                break;
            case 9:
                MakeFile(tree, random, fresh);
                break;
            case 10:
                tree.MakeDirectory(fresh);
                Grow(tree, random, fresh, depth: 2);
                break;
            case 11:
                WriteIgnoreFile(tree, random, directory);
                break;
            case 12 when tree.Kind(fresh) == FileKind.Unknown && directory.Length == 0 && random.Next(2) == 0 && Array.IndexOf(name, (byte)0xFF) < 0:
                tree.MakeDirectory(fresh);
                if (random.Next(3) > 0)
                    GitCommand.Run(Path.Combine(tree.Root, Encoding.UTF8.GetString(name)), "init", "-q");
                else
                    tree.MakeDirectory([.. fresh, .. "/.git"u8]);
                break;
        }
    }
}
