using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Testing.Git;

namespace Monorepo.Workspace.Tests;

/// <summary>A small repository made by the real git: branches, merges, an octopus, equal and skewed times, tags, odd tree entries.</summary>
internal sealed class GitRepository : IDisposable
{
    private readonly TempDirectory _directory;

    public GitRepository(int seed, int commits)
        : this(new TempDirectory())
    {
        Run("init", "-q", "-b", "main");
        GitCommand.Run(_directory.Path, Encoding.UTF8.GetBytes(Generate(new Random(seed), commits)), "fast-import", "--quiet");
        Run("tag", "-a", "-m", "release", "v1", "main~1");
        Run("tag", "-a", "-m", "tag of a tag", "v1-signed", "v1");
        Run("tag", "light", "main~2");
    }

    private GitRepository(TempDirectory directory) => _directory = directory;

    /// <summary>A copy of a bundle, or of what a fast-import stream makes; with git's own index of commits, so that it orders and limits as it does in large histories.</summary>
    public static GitRepository Copy(string? bundle, string stream = "")
    {
        TempDirectory directory = new();
        GitRepository git = new(directory);
        if (bundle is null)
        {
            git.Run("init", "-q", "-b", "main");
            GitCommand.Run(directory.Path, Encoding.UTF8.GetBytes(stream), "fast-import", "--quiet");
        }
        else
        {
            git.Run("clone", "-q", "--mirror", bundle, directory.File(".git"));
            git.Run("config", "core.bare", "false");
        }

        git.Run("commit-graph", "write", "--reachable");
        return git;
    }

    public string Path => _directory.Path;

    public byte[] Bytes(params string[] arguments) => GitCommand.Run(_directory.Path, arguments);

    /// <summary>What git prints and ends with, whatever it is.</summary>
    public (int Code, byte[] Output) Try(params string[] arguments) => GitCommand.Try(_directory.Path, arguments);

    public string Run(params string[] arguments) => Encoding.UTF8.GetString(GitCommand.Run(_directory.Path, arguments));

    public string[] Lines(params string[] arguments) => Run(arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string Line(params string[] arguments) => Run(arguments).TrimEnd('\n');

    /// <summary>Every object, or every commit; commits last in an order that has parents first.</summary>
    public List<(ObjectId Id, ObjectKind Kind, byte[] Body)> ReadAll(bool commitsOnly = false)
    {
        string[] commits = Lines("rev-list", "--all", "--topo-order", "--reverse");
        string[] others = commitsOnly ? [] : [.. Lines("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").Where(l => !l.EndsWith(" commit", StringComparison.Ordinal)).Select(l => l[..40])];
        byte[] output = GitCommand.Run(_directory.Path, Encoding.ASCII.GetBytes(string.Join('\n', [.. others, .. commits]) + "\n"), "cat-file", "--batch");
        List<(ObjectId, ObjectKind, byte[])> all = [];
        for (int offset = 0; offset < output.Length;)
        {
            int end = output.AsSpan(offset).IndexOf((byte)'\n') + offset;
            string[] head = Encoding.ASCII.GetString(output, offset, end - offset).Split(' ');
            int size = int.Parse(head[2], CultureInfo.InvariantCulture);
            Assert.True(ObjectKindNames.TryParse(Encoding.ASCII.GetBytes(head[1]), out ObjectKind kind));
            all.Add((ObjectId.Parse(head[0]), kind, output[(end + 1)..(end + 1 + size)]));
            offset = end + size + 2;
        }

        return all;
    }

    public void Dispose() => _directory.Dispose();

    private static string Generate(Random random, int commits)
    {
        StringBuilder stream = new();
        string[] branches = ["main", "feature/one", "feature/two", "release"];
        Dictionary<string, int> tips = new(StringComparer.Ordinal);
        long time = 1_600_000_000;
        for (int i = 1; i <= commits; i++)
        {
            string branch = i == 1 ? "main" : branches[random.Next(branches.Length)];

            // Some commits of one second, some older than their parents.
            time += random.Next(4) switch { 0 => 0, 1 => -200, _ => 100 };
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/{branch}\nmark :{i}\ncommitter A <a@x> {time} +0100\ndata <<E\nchange {i}\nE\n");
            int from = tips.TryGetValue(branch, out int tip) ? tip : i == 1 ? 0 : tips["main"];
            if (from > 0)
            {
                stream.Append(CultureInfo.InvariantCulture, $"from :{from}\n");
            }

            int merges = random.Next(6) switch { 0 => 1, 1 => 3, _ => 0 };
            foreach (int other in tips.Values.Where(t => t != from).Distinct().OrderBy(_ => random.Next()).Take(merges))
            {
                stream.Append(CultureInfo.InvariantCulture, $"merge :{other}\n");
            }

            string[] names = ["a", "a.b", "a/x", "dir/sub/deep", "dir/sub.c", "dir/süß", "z"];
            string name = names[random.Next(names.Length)];
            string mode = random.Next(4) switch { 0 => "100755", 1 => "120000", _ => "100644" };
            if (random.Next(5) == 0)
            {
                stream.Append(CultureInfo.InvariantCulture, $"D {name}\n");
            }
            else
            {
                stream.Append(CultureInfo.InvariantCulture, $"M {mode} inline {name}\ndata <<E\ncontent {random.Next(20)}\nE\n");
            }

            stream.Append('\n');
            tips[branch] = i;
        }

        return stream.ToString();
    }
}
