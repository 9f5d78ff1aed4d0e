using System.IO.Compression;
using System.Text;
using Monorepo.Core;
using Monorepo.Rpc;
using Monorepo.Testing.Git;
using static Monorepo.History.Tests.Push.PushRun;

namespace Monorepo.History.Tests.Push.Rules;

/// <summary>Odd trees, commits and tags: the server takes what <c>git fsck --strict</c> finds no fault with, and refuses the others.</summary>
public sealed class GitFsckTests : IDisposable
{
    private static readonly GitObject s_blob = GitObject.Blob("x");
    private static readonly GitObject s_folder = GitObject.Tree(("f", s_blob));

    private readonly string _directory = Directory.CreateTempSubdirectory("fsck-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Names_and_orders_of_trees_are_judged_as_by_git()
    {
        string[] names =
        [
            "a", "...", ".git", ".GIT", ".giT", ".gitx", ".git.", ".git ", ".git. .", ".git:x", ".git::$INDEX_ALLOCATION", ".git\\x", "git~1", "GIT~1", "GIT~1 .",
            "git~2", "git~10", "a\\.git", "a\\.git\\b", "a\\b", "a\\git~1", ".", "..", ".. ", "..x", ".g\u200cit", "\ufeff.git", ".git\u200e", ".gi\u202at", ".g\u0131t", ".git\u00e9", "ä",
            ".gitmodules", ".gitattributes", "git", ".gi", "g\u200cit~1", ".\u206fGIT", " .git", "con", "x:y",
        ];
        List<GitObject> trees = [.. names.Select(n => Raw(("100644", Encoding.UTF8.GetBytes(n), s_blob.Id)))];
        trees.AddRange(names.Take(12).Select(n => Raw(("40000", Encoding.UTF8.GetBytes(n), s_folder.Id))));
        trees.Add(Raw(("100644", [(byte)'.', (byte)'g', (byte)'i', (byte)'t', 0xFF], s_blob.Id)));
        trees.Add(Raw(("100644", [(byte)'.', (byte)'g', 0xE2, 0x80], s_blob.Id)));
        trees.Add(Raw(("120000", ".gitmodules"u8.ToArray(), s_blob.Id)));
        trees.Add(Raw(("100644", "b"u8.ToArray(), s_blob.Id), ("100644", "a"u8.ToArray(), s_blob.Id)));
        trees.Add(Raw(("100644", "a"u8.ToArray(), s_blob.Id), ("100644", "a"u8.ToArray(), s_blob.Id)));
        trees.Add(Raw(("100644", "a"u8.ToArray(), s_blob.Id), ("40000", "a"u8.ToArray(), s_folder.Id)));
        trees.Add(Raw(("100644", "a"u8.ToArray(), s_blob.Id), ("100644", "a.b"u8.ToArray(), s_blob.Id), ("40000", "a"u8.ToArray(), s_folder.Id)));
        trees.Add(Raw(("100644", "a"u8.ToArray(), s_blob.Id), ("40000", "a-b"u8.ToArray(), s_folder.Id), ("100644", "a.b"u8.ToArray(), s_blob.Id), ("40000", "a"u8.ToArray(), s_folder.Id)));
        trees.Add(Raw(("100644", "a"u8.ToArray(), s_blob.Id), ("100644", "ab"u8.ToArray(), s_blob.Id), ("40000", "a0"u8.ToArray(), s_folder.Id)));
        trees.Add(Raw(("40000", "a"u8.ToArray(), s_folder.Id), ("100644", "a-"u8.ToArray(), s_blob.Id)));
        trees.Add(Raw(("100644", "a-"u8.ToArray(), s_blob.Id), ("40000", "a"u8.ToArray(), s_folder.Id)));
        trees.Add(Raw(("040000", "a"u8.ToArray(), s_folder.Id)));
        trees.Add(Raw(("100644", "a"u8.ToArray(), ObjectId.Null)));
        trees.Add(Raw(("160000", "a"u8.ToArray(), ObjectId.Parse("0123456789012345678901234567890123456789"))));
        trees.Add(Raw(("100755", "a"u8.ToArray(), s_blob.Id), ("120000", "b"u8.ToArray(), s_blob.Id)));
        await CompareAsync(trees);
    }

    [Fact]
    public async Task Headers_of_commits_and_tags_are_judged_as_by_git()
    {
        const string Author = "author A <a@x> 1600000000 +0000\n";
        const string Committer = "committer A <a@x> 1600000000 +0000\n";
        string tree = $"tree {s_folder.Id}\n";
        string[] identities =
        [
            "A <a@x> 1600000000 +0000", "<a@x> 1600000000 +0000", " <a@x> 1600000000 +0000", "A<a@x> 1600000000 +0000", "A a@x 1600000000 +0000", "A <a@x 1600000000 +0000",
            "A <a<x> 1600000000 +0000", "A> <a@x> 1600000000 +0000", "A <a@x>1600000000 +0000", "A <a@x> 0 +0000", "A <a@x> 01 +0000", "A <a@x> 99999999999999999999 +0000",
            "A <a@x> 1600000000 0000", "A <a@x> 1600000000 +000", "A <a@x> 1600000000 +00000", "A <a@x> 1600000000", "A <a@x>", "A <> 5 -1234", "A <a@x> x +0000", "A <a@x> 5  +0000", "",
        ];
        List<string> bodies = [.. identities.Select(i => $"{tree}author {i}\n{Committer}\nm\n"), .. identities.Select(i => $"{tree}{Author}committer {i}\n\nm\n")];
        bodies.AddRange(
        [
            $"{tree}{Author}{Committer}", $"{tree}{Author}{Committer}\n", $"{tree}{Author}{Committer.TrimEnd('\n')}", $"{tree}{Committer}{Author}\nm", $"{tree}{Author}{Author}{Committer}\nm",
            $"{tree}{Author}{Committer}{Committer}\nm", $"{tree}{Author}\nm", $"{tree}{Committer}\nm", $"{tree}{Author}{Committer}encoding X\nx-y z\n 2\n\nm\0m", $"{tree}{Author}{Committer}x-y z\0\n\nm",
            $"{tree}{Author}{Committer}parent 0\n\nm", $"{tree}parent 12\n{Author}{Committer}\nm", $"tree 12\n{Author}{Committer}\nm", $"{Author}{Committer}\nm", $"{tree}x-y z\n{Author}{Committer}\nm",
        ]);
        List<GitObject> objects = [.. bodies.Select(b => GitObject.Of(ObjectKind.Commit, Encoding.UTF8.GetBytes(b)))];
        string target = $"object {s_folder.Id}\ntype tree\n";
        const string Tagger = "tagger A <a@x> 1600000000 +0000\n";
        string[] tags =
        [
            $"{target}tag v1\n{Tagger}\nm\n", $"{target}tag v1\n{Tagger}", $"{target}tag v1\ntagger A <a@x 1 +0000\n\nm\n", $"object 12\ntype tree\ntag v1\n{Tagger}\nm\n",
            $"object {s_folder.Id}\ntype rock\ntag v1\n{Tagger}\nm\n", $"{target}{Tagger}\nm\n",
        ];
        objects.AddRange(tags.Select(t => GitObject.Of(ObjectKind.Tag, Encoding.UTF8.GetBytes(t))));
        await CompareAsync(objects);
    }

    private async Task CompareAsync(IReadOnlyList<GitObject> objects)
    {
        GitCommand.Run(_directory, "init", "-q", "--bare", ".");
        foreach (GitObject item in objects.Append(s_blob).Append(s_folder))
        {
            WriteLoose(item);
        }

        HashSet<string> faulty = Fsck();
        Assert.NotEmpty(faulty);
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        foreach (GitObject item in objects)
        {
            // Git holds objects to its rules one by one; the push that carries them may fail for what is around them.
            bool isRefused = false;
            try
            {
                await server.PushAsync([s_blob, s_folder, item], Update($"refs/tags/{item.Id}", null, item));
            }
            catch (RpcException e) when (e.Detail.StartsWith($"object {item.Id} is refused", StringComparison.Ordinal))
            {
                isRefused = true;
            }
            catch (RpcException e) when (e.StatusCode == RpcStatusCode.FailedPrecondition)
            {
                // Something it names is missing.
            }

            Assert.True(isRefused == faulty.Contains(item.Id.ToString()), $"{item.Kind} {item.Id}, refused here: {isRefused}\n{Encoding.UTF8.GetString(item.Body)}");
        }
    }

    private HashSet<string> Fsck()
    {
        string report;
        try
        {
            GitCommand.Run(_directory, "fsck", "--strict", "--no-dangling", "--no-progress");
            report = "";
        }
        catch (InvalidOperationException e)
        {
            report = e.Message;
        }

        // "error in tree ID: hasDotgit: …", or for objects that git can't read at all "error: ID: object could not be parsed".
        HashSet<string> ids = [];
        foreach (string line in report.Split('\n').Where(l => l.Contains("error", StringComparison.Ordinal)))
        {
            ids.UnionWith(line.Split(' ', ':', ',').Where(w => w.Length == ObjectId.HexSize));
        }

        return ids;
    }

    private void WriteLoose(GitObject item)
    {
        string hex = item.Id.ToString();
        string folder = Path.Combine(_directory, "objects", hex[..2]);
        Directory.CreateDirectory(folder);
        using FileStream file = File.Create(Path.Combine(folder, hex[2..]));
        using ZLibStream zlib = new(file, CompressionLevel.Fastest);
        zlib.Write(Encoding.ASCII.GetBytes($"{item.Kind.ToName()} {item.Body.Length}\0"));
        zlib.Write(item.Body);
    }

    private static GitObject Raw(params (string Mode, byte[] Name, ObjectId Id)[] entries)
    {
        using MemoryStream body = new();
        foreach ((string mode, byte[] name, ObjectId id) in entries)
        {
            body.Write(Encoding.ASCII.GetBytes(mode + " "));
            body.Write(name);
            body.WriteByte(0);
            body.Write(id.AsSpan());
        }

        return GitObject.Of(ObjectKind.Tree, body.ToArray());
    }
}
