using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Testing.Git;
using static Monorepo.History.Tests.Push.PushRun;

namespace Monorepo.History.Tests.Push;

/// <summary>Random stacks on random branches: the server's rebase gives what <c>git rebase</c> gives, or refuses where git stops.</summary>
public sealed class GitRebaseTests : IDisposable
{
    private const int Cases = 12;

    private readonly string _directory = Directory.CreateTempSubdirectory("rebase-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Rebased_trees_are_gits()
    {
        int seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        Random random = new(seed);
        GitCommand.Run(_directory, "init", "-q", ".");
        GitCommand.Run(_directory, Encoding.UTF8.GetBytes(MakeHistories(random)), "fast-import", "--quiet");
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        int rebased = 0;
        int conflicts = 0;
        for (int i = 0; i < Cases; i++)
        {
            string name = $"refs/heads/case{i}";
            GitObject fork = GitObject.Of(ObjectKind.Commit, Read("commit", $"fork{i}"));
            GitObject ours = GitObject.Of(ObjectKind.Commit, Read("commit", $"ours{i}"));
            GitObject theirs = GitObject.Of(ObjectKind.Commit, Read("commit", $"theirs{i}"));
            Assert.True((await server.PushAsync(ReadAll($"ours{i}"), Update(name, null, ours))).Accepted);
            PushResponse response = await server.PushAsync(ReadAll($"theirs{i}", $"^fork{i}"), Update(name, fork, theirs, PushRebase.Always));

            string context = $"seed {seed}, case {i}: {response}";
            if (Rebase(i) is not { } expected)
            {
                Assert.True(response.Results[0].Outcome == PushOutcome.Conflict, context);
                conflicts++;
                continue;
            }

            Assert.True(response.Accepted, context);
            ObjectId tip = (await server.RefAsync(name))!.Value;
            string actual = await TreesAsync(server, tip, ours.Id);
            Assert.True(expected == actual, context);
            rebased++;
        }

        // A generator that makes only one kind proves nothing.
        Assert.True(rebased >= 3 && conflicts >= 1, $"seed {seed}: {rebased} rebased, {conflicts} conflicts");
    }

    /// <returns>The trees of the rebased commits, newest first; null where git stops.</returns>
    private string? Rebase(int i)
    {
        GitCommand.Run(_directory, "checkout", "-q", "-f", "--detach", $"theirs{i}");
        try
        {
            GitCommand.Run(_directory, "rebase", "-q", "--empty=drop", $"ours{i}");
        }
        catch (InvalidOperationException)
        {
            GitCommand.Run(_directory, "rebase", "--abort");
            return null;
        }

        return Encoding.ASCII.GetString(GitCommand.Run(_directory, "log", "--format=%T", $"ours{i}..HEAD")).Replace('\n', ' ').Trim();
    }

    private static async Task<string> TreesAsync(TestServer server, ObjectId tip, ObjectId end)
    {
        Storage.IRepository repository = (await server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        List<string> trees = [];
        for (ObjectId at = tip; at != end;)
        {
            using Storage.ObjectBatch batch = await repository.Objects.GetAsync(new[] { at }, default);
            Commit commit = Commit.Parse(Formats.Objects.ObjectEnvelope.Open(batch[0], at, out _));
            trees.Add(commit.Tree.ToString());
            at = commit.Parents[0];
        }

        return string.Join(' ', trees);
    }

    private byte[] Read(string kind, string name) => GitCommand.Run(_directory, "cat-file", kind, name);

    private List<GitObject> ReadAll(params string[] revisions)
    {
        byte[] names = GitCommand.Run(_directory, ["rev-list", "--objects", "--no-object-names", .. revisions]);
        byte[] all = GitCommand.Run(_directory, names, "cat-file", "--batch");
        List<GitObject> objects = [];
        for (int at = 0; at < all.Length;)
        {
            int end = Array.IndexOf(all, (byte)'\n', at);
            string[] head = Encoding.ASCII.GetString(all, at, end - at).Split(' ');
            int size = int.Parse(head[2]);
            Assert.True(ObjectKindNames.TryParse(Encoding.ASCII.GetBytes(head[1]), out ObjectKind kind));
            objects.Add(GitObject.Of(kind, all[(end + 1)..(end + 1 + size)]));
            at = end + 2 + size;
        }

        return objects;
    }

    /// <summary>
    /// A stream for <c>git fast-import</c>. Contents are one line, so git merges no file by its lines, and alike at one path only, so it sees no
    /// renames; names are few, so that files, directories and both meet.
    /// </summary>
    private static string MakeHistories(Random random)
    {
        StringBuilder stream = new();
        int mark = 0;
        for (int i = 0; i < Cases; i++)
        {
            SortedSet<string> files = new(StringComparer.Ordinal);
            int fork = Commit($"fork{i}", 0, files, random.Next(5, 30));
            int ours = fork;
            SortedSet<string> ourFiles = new(files, StringComparer.Ordinal);
            for (int c = random.Next(1, 3); c > 0; c--)
            {
                ours = Commit($"ours{i}", ours, ourFiles, random.Next(1, 4));
            }

            int theirs = fork;
            for (int c = random.Next(1, 4); c > 0; c--)
            {
                theirs = Commit($"theirs{i}", theirs, files, random.Next(1, 3));
            }

            // Chance alone may make no conflict at all.
            if (i == Cases - 1)
            {
                Clash($"ours{i}", ours);
                Clash($"theirs{i}", theirs);
            }
        }

        return stream.ToString();

        // A name that no random path has, with a text that only this branch has.
        void Clash(string branch, int parent)
        {
            mark++;
            stream.Append($"commit refs/heads/{branch}\nmark :{mark}\ncommitter C <c@x> {1_600_000_000 + mark} +0000\ndata 1\nc\nfrom :{parent}\n");
            stream.Append($"M 100644 inline clash\ndata {branch.Length}\n{branch}\n\n");
        }

        int Commit(string branch, int parent, SortedSet<string> files, int changes)
        {
            mark++;
            stream.Append($"commit refs/heads/{branch}\nmark :{mark}\ncommitter C <c@x> {1_600_000_000 + mark} +0000\ndata 1\n{mark % 10}\n");
            stream.Append(parent == 0 ? "" : $"from :{parent}\n");
            for (int i = 0; i < changes; i++)
            {
                string path = Path(random);
                bool blocked = files.Any(f => f.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(f + "/", StringComparison.Ordinal));
                if ((blocked || random.Next(4) == 0) && files.Count > 3)
                {
                    string gone = files.ElementAt(random.Next(files.Count));
                    files.Remove(gone);
                    stream.Append($"D {gone}\n");
                }
                else if (!blocked)
                {
                    files.Add(path);
                    string text = ObjectHasher.Hash(ObjectKind.Blob, Encoding.UTF8.GetBytes($"{path} {random.Next(3)}")).ToString();
                    stream.Append($"M 100644 inline {path}\ndata {text.Length}\n{text}\n");
                }
            }

            stream.Append('\n');
            return mark;
        }
    }

    private static string Path(Random random)
    {
        StringBuilder path = new();
        for (int depth = random.Next(1, 4); depth > 0; depth--)
        {
            path.Append(path.Length == 0 ? "" : "/").Append((char)('a' + random.Next(5)));
        }

        return path.ToString();
    }
}
