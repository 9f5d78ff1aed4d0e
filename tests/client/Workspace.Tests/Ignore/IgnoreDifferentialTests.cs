using System.Text;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Tests.Ignore;

/// <summary>Random ignore files over random trees: the files that remain must be those that git lists.</summary>
public sealed class IgnoreDifferentialTests : IDisposable
{
    private static readonly string[] s_names = ["a", "b", "ab", "foo", "foo.c", "x.o", "b.log", "Foo", "-", "a b", "#x", "!y", "ä", "a[1]", "c\\d", "z "];

    private static readonly string[] s_pieces =
    [
        "a", "b", "foo", "x", ".o", "*", "**", "?", "/", "/", "[a-f]", "[!a]", "[^b]", "[]a]", "[[:alpha:]]", "[[:digit:]x]", "\\a", "\\*", "\\#x", "!y", "#x",
        ".log", "foo.c", "[a", " ", "\\ ", "ä", "a**b", "**/", "/**", "[a\\]b]", "[--0]", "[[:x]", "a[1]", "a\\[1]", "c\\\\d", "b/",
    ];

    private readonly string _root = Directory.CreateTempSubdirectory("mr-ignore-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_patterns_over_random_trees_agree_with_git(int seed)
    {
        Random random = new(seed);
        for (int round = 0; round < 12; round++)
        {
            string work = Path.Combine(_root, $"{seed}-{round}");
            Directory.CreateDirectory(work);
            GitCommand.Run(work, "init", "-q");
            Grow(work, random, depth: 0);
            string exclude = Patterns(random);
            File.WriteAllText(Path.Combine(work, ".git/info/exclude"), exclude);
            List<string> ours = [];
            Walk(work, "", IgnoreScope.Root(Own(work), [IgnorePatterns.Parse(Encoding.UTF8.GetBytes(exclude))]), ours);
            string[] gits = Encoding.UTF8.GetString(GitCommand.Run(work, "ls-files", "-o", "--exclude-standard", "-z")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            string[] extra = [.. ours.Except(gits, StringComparer.Ordinal)];
            string[] lost = [.. gits.Except(ours, StringComparer.Ordinal)];
            Assert.True(extra.Length + lost.Length == 0, $"seed {seed} round {round}: git ignores [{string.Join('|', extra)}], only we ignore [{string.Join('|', lost)}]\n{Describe(work)}");
        }
    }

    private static string Describe(string work) => string.Join("\n", Directory.EnumerateFiles(work, ".gitignore", SearchOption.AllDirectories)
        .Append(Path.Combine(work, ".git/info/exclude")).Select(f => $"{f[work.Length..]}:\n{File.ReadAllText(f)}"));

    private static IgnorePatterns Own(string directory)
    {
        string file = Path.Combine(directory, ".gitignore");
        return File.Exists(file) ? IgnorePatterns.Parse(File.ReadAllBytes(file)) : IgnorePatterns.Empty;
    }

    private static void Walk(string directory, string prefix, IgnoreScope scope, List<string> kept)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(directory))
        {
            string name = Path.GetFileName(entry);
            bool isDirectory = Directory.Exists(entry);
            if (name == ".git")
            {
                continue;
            }

            byte[] bytes = Encoding.UTF8.GetBytes(name);
            if (isDirectory)
            {
                Walk(entry, prefix + name + "/", scope.Enter(bytes, Own(entry)), kept);
            }
            else if (!scope.IsIgnored(bytes, isDirectory: false))
            {
                kept.Add(prefix + name);
            }
        }
    }

    private static void Grow(string directory, Random random, int depth)
    {
        foreach (string name in s_names.Where(_ => random.Next(3) > 0))
        {
            string path = Path.Combine(directory, name);
            if (depth < 3 && random.Next(4) == 0)
            {
                Directory.CreateDirectory(path);
                Grow(path, random, depth + 1);
            }
            else
            {
                File.WriteAllText(path, "");
            }
        }

        if (random.Next(2) == 0)
        {
            File.WriteAllText(Path.Combine(directory, ".gitignore"), Patterns(random));
        }
    }

    private static string Patterns(Random random)
    {
        StringBuilder text = new();
        for (int i = random.Next(5); i > 0; i--)
        {
            text.Append(random.Next(4) == 0 ? "!" : "").Append(random.Next(4) == 0 ? "/" : "");
            for (int piece = random.Next(1, 5); piece > 0; piece--)
            {
                text.Append(s_pieces[random.Next(s_pieces.Length)]);
            }

            text.Append(random.Next(5) == 0 ? "/" : "").Append(random.Next(6) == 0 ? " " : "").Append(random.Next(8) == 0 ? "\r\n" : "\n");
        }

        return text.ToString();
    }
}
