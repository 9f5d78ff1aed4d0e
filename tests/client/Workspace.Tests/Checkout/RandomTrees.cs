using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Objects;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>
/// A git repository whose commits hold random trees: odd names, executables, links, submodules, files and directories that swap places.
/// Also an object source over it.
/// </summary>
internal sealed class RandomTrees : IObjectSource, IDisposable
{
    private static readonly byte[][] s_names =
    [
        "a"u8.ToArray(), "b"u8.ToArray(), "a.b"u8.ToArray(), "ab"u8.ToArray(), "new\nline"u8.ToArray(), "q\"uote"u8.ToArray(), [0xFF, 0xFE], "ä"u8.ToArray(),
        "back\\slash"u8.ToArray(), "..."u8.ToArray(), Encoding.ASCII.GetBytes(new string('n', 255)), [1, 0x7F],
    ];

    private readonly Dictionary<ObjectId, GitObject> _objects = [];
    private readonly string? _made;

    /// <param name="path">A repository made before; it stays.</param>
    public RandomTrees(string path)
    {
        Path = path;
        string[] ids = Encoding.ASCII.GetString(GitCommand.Run(Path, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        byte[] output = GitCommand.Run(Path, Encoding.ASCII.GetBytes(string.Join('\n', ids) + "\n"), "cat-file", "--batch");
        for (int offset = 0; offset < output.Length;)
        {
            int end = output.AsSpan(offset).IndexOf((byte)'\n') + offset;
            string[] head = Encoding.ASCII.GetString(output, offset, end - offset).Split(' ');
            int size = int.Parse(head[2], CultureInfo.InvariantCulture);
            Assert.True(ObjectKindNames.TryParse(Encoding.ASCII.GetBytes(head[1]), out ObjectKind kind));
            ObjectId id = ObjectId.Parse(head[0]);
            _objects[id] = new GitObject(id, kind, output.AsMemory(end + 1, size));
            offset = end + size + 2;
        }

        Commits = [.. Encoding.ASCII.GetString(GitCommand.Run(Path, "rev-list", "--reverse", "main")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(c => ObjectId.Parse(c))];
    }

    /// <param name="random">Decides.</param>
    /// <param name="commits">How many.</param>
    /// <param name="filesMax">Named in one commit.</param>
    /// <param name="textNames">Names are all UTF-8.</param>
    public RandomTrees(Random random, int commits, int filesMax, bool textNames = false)
        : this(Generate(random, commits, filesMax, [.. s_names.Where(n => !textNames || Utf8.IsValid(n))])) => _made = Path;

    public string Path { get; }

    public IReadOnlyList<ObjectId> Commits { get; }

    public IEnumerable<GitObject> Objects => _objects.Values;

    public ObjectId TreeOf(ObjectId commit) => Commit.Parse(_objects[commit].Body).Tree;

    public void Remove(ObjectId id) => _objects.Remove(id);

    public GitObject Add(ObjectKind kind, byte[] body)
    {
        var added = new GitObject(ObjectHasher.Hash(kind, body), kind, body);
        _objects[added.Id] = added;
        return added;
    }

    public async IAsyncEnumerable<GitObject> ReadManyAsync(IReadOnlyCollection<ObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ObjectId> missing = [];
        foreach (ObjectId id in ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_objects.TryGetValue(id, out GitObject? found))
                yield return found;
            else
                missing.Add(id);
        }

        await Task.CompletedTask;
        if (missing.Count > 0)
            throw new ObjectsMissingException(missing, "the test took it away");
    }

    // A blob's memory is another's after the call: whoever kept it finds nothing.
    public Task ReceiveManyAsync(IReadOnlyCollection<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(ReadManyAsync(ids, cancellationToken), cancellationToken, async (item, _) =>
        {
            byte[] lent = item.Body.ToArray();
            await receive(item with { Body = lent });
            if (item.Kind == ObjectKind.Blob)
                Array.Clear(lent);
        });

    public ValueTask<GitObject> ReadAsync(ObjectId id, CancellationToken cancellationToken) => ValueTask.FromResult(_objects[id]);

    public ValueTask EnsureTreesAsync(IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask EnsureDifferencesAsync(IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public void Dispose()
    {
        if (_made is not null)
            Directory.Delete(_made, recursive: true);
    }

    private static string Generate(Random random, int commits, int filesMax, byte[][] names)
    {
        string path = Directory.CreateTempSubdirectory("mr-trees-").FullName;
        GitCommand.Run(path, "init", "-q", "--bare", "-b", "main");
        var stream = new MemoryStream();
        void Line(string text) => stream.Write(Encoding.Latin1.GetBytes(text + "\n"));
        for (int commit = 0; commit < commits; commit++)
        {
            Line($"commit refs/heads/main\ncommitter A <a@x> {1_600_000_000 + commit} +0000\ndata 0");
            if (commit == 0 || random.Next(3) == 0)
                Line("deleteall");
            for (int file = random.Next((filesMax + 1) / 2, filesMax); file > 0; file--)
            {
                string name = Quote([.. Enumerable.Range(0, random.Next(8) == 0 ? random.Next(1, 3) : 3).Select(_ => names[random.Next(names.Length)])]);
                switch (random.Next(10))
                {
                    case 0:
                        Line($"M 160000 {new string((char)('1' + random.Next(3)), 40)} {name}");
                        break;
                    case 1 or 2:
                        Line($"D {name}");
                        break;
                    case 3 or 4:
                        string target = $"target{random.Next(4)}";
                        Line($"M 120000 inline {name}\ndata {target.Length}\n{target}");
                        break;
                    default:
                        // Few contents, so that modes change alone and files share blobs; sometimes empty, sometimes with carriage returns.
                        string content = random.Next(5) == 0 ? "" : $"content\r\n{random.Next(4)}{(random.Next(3) == 0 ? $"of {commit}" : "")}\0" + new string('x', random.Next(3) * 5000);
                        Line($"M {(random.Next(3) == 0 ? "100755" : "100644")} inline {name}\ndata {content.Length}\n{content}");
                        break;
                }
            }
        }

        GitCommand.Run(path, stream.ToArray(), "fast-import", "--quiet");
        return path;
    }

    private static string Quote(byte[][] components)
    {
        var text = new StringBuilder("\"");
        foreach (byte value in components.SelectMany((c, i) => i == 0 ? c : [(byte)'/', .. c]))
            text.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
        return text.Append('"').ToString();
    }
}
