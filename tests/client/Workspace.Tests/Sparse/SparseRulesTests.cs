using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.Tests.Sparse;

public sealed class SparseRulesTests(ITestOutputHelper output)
{
    private static readonly string[] s_names = ["a", "b", "ab", "a.c", "B", "x", "*", "[a]"];
    private static readonly string[] s_wild = ["*", "a*", "*.c", "?", "[ab]", "[!a]", "**", "\\*", "a**", "*b*"];

    [Theory]
    [InlineData("docs", "docs/a docs/b/c docs", "docs2/a a/docs xdocs")]
    [InlineData("docs/", "docs/a docs/b/c", "docs")]
    [InlineData("/docs/api", "docs/api docs/api/x", "docs/apix docs/x/api")]
    [InlineData("**/BUILD", "BUILD a/BUILD a/b/BUILD a/BUILD/c", "a/BUILDx BUILD2")]
    [InlineData("a/**/z", "a/z a/b/z a/b/c/z a/z/y", "a/b z b/a/z")]
    [InlineData("a/**", "a/b a/b/c", "a")]
    [InlineData("**", "a a/b", "")]
    [InlineData(".", "a a/b", "")]
    [InlineData("*.txt", "a.txt a.txt/b", "d/a.txt a.md")]
    [InlineData("src/*/api", "src/x/api src/x/api/f", "src/api src/x/y/api")]
    [InlineData("path:a*/b", "a*/b a*/b/c", "ab/b ax/b")]
    [InlineData("glob:a*/b", "a*/b ax/b/c", "b/b")]
    [InlineData("a[bc]/x", "ab/x ac/x/y", "ad/x abc/x")]
    [InlineData("**/a/**/a/b", "a/a/b x/a/y/a/b/c a/a/a/a/b", "a/b")]
    public void A_pattern_names_a_file_or_all_below_a_directory(string pattern, string inside, string outside)
    {
        SparseRules rules = Rules((true, pattern));
        Assert.All(inside.Split(' ', StringSplitOptions.RemoveEmptyEntries), p => Assert.True(rules.Includes(Bytes(p)), p));
        Assert.All(outside.Split(' ', StringSplitOptions.RemoveEmptyEntries), p => Assert.False(rules.Includes(Bytes(p)), p));
    }

    [Theory]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData("re:.*")]
    [InlineData("a\nb")]
    public void What_is_no_pattern_is_refused(string pattern) =>
        Assert.Equal(SparseError.PatternWrong, Assert.Throws<SparseException>(() => SparsePattern.Parse(pattern)).Error);

    [Theory]
    [InlineData("+docs -docs/old", "docs", SparseCover.Some)]
    [InlineData("+docs -docs/old", "docs/new", SparseCover.All)]
    [InlineData("+docs -docs/old", "docs/old/x", SparseCover.None)]
    [InlineData("+docs -docs/old", "src", SparseCover.None)]
    [InlineData("-big", "big", SparseCover.None)]
    [InlineData("-big", "small", SparseCover.All)]
    [InlineData("-big +big/one", "big", SparseCover.Some)]
    [InlineData("-big +big/one", "", SparseCover.Some)]
    [InlineData("+**/BUILD", "any/where", SparseCover.Some)]
    [InlineData("+a/*/c", "a/b", SparseCover.Some)]
    [InlineData("+a/*/c", "a/b/c/d", SparseCover.All)]
    [InlineData("+a/*/c", "a/b/d", SparseCover.None)]
    [InlineData("+a +.", "zzz", SparseCover.All)]
    [InlineData("", "zzz", SparseCover.All)]
    public void A_directory_is_in_or_out_or_looked_into(string rules, string directory, SparseCover cover) => Assert.Equal(cover, Parse(rules).CoverOf(Bytes(directory)));

    [Theory]
    [InlineData("+src/app +src/app/x +docs/*.md +tools/run.sh", "docs src/app tools/run.sh")]
    [InlineData("+a +a.b +a/b", "a a.b")]
    [InlineData("+a -a", "")]
    [InlineData("-big", "")]
    [InlineData("+a +**/BUILD", "")]
    public void A_server_is_told_the_literal_beginnings(string rules, string tops) =>
        Assert.Equal(tops.Split(' ', StringSplitOptions.RemoveEmptyEntries), Parse(rules).FindTops().Select(t => Encoding.UTF8.GetString(t.Span)));

    [Fact]
    public void Decisions_for_directories_agree_with_those_for_paths_and_both_with_regular_expressions()
    {
        int seed = Environment.TickCount;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
        Random random = new(seed);
        int[] covers = new int[3];
        for (int round = 0; round < 3_000; round++)
        {
            RandomRules made = RandomRules.Make(random, depth: 2);
            string[] paths = [.. Enumerable.Range(0, 60).Select(_ => RandomPath(random, random.Next(1, 6)))];
            foreach (string path in paths)
            {
                Assert.True(made.Includes(path) == made.Rules.Includes(Bytes(path)), $"{path} by {made.Rules}");
            }

            IReadOnlyList<ReadOnlyMemory<byte>> tops = made.Rules.FindTops();
            foreach (string path in paths)
            {
                string directory = path[..Math.Max(0, path.LastIndexOf('/'))];
                SparseCover cover = made.Rules.CoverOf(Bytes(directory));
                covers[(int)cover]++;
                foreach (string below in (string[])[path, directory.Length == 0 ? RandomPath(random, 2) : directory + "/" + RandomPath(random, 1), directory.Length == 0 ? RandomPath(random, 3) : directory + "/" + RandomPath(random, 3)])
                {
                    bool isIn = made.Includes(below);
                    Assert.False(cover == SparseCover.All && !isIn, $"{directory} is all in, {below} is not, by {made.Rules}");
                    Assert.False(cover == SparseCover.None && isIn, $"{directory} is all out, {below} is not, by {made.Rules}");
                    Assert.True(!isIn || tops.Count == 0 || tops.Any(t => Trees(below, t)), $"{below} is not below a top of {made.Rules}");
                }
            }
        }

        Assert.All(covers, c => Assert.True(c > 1_000, string.Join(' ', covers)));
    }

    [Fact]
    public void Many_patterns_cost_only_where_they_can_match()
    {
        // 20,000 directories by name, 200 of them looked at: each entry of the top is compared with each, below only its own are left.
        SparseRules rules = Rules([.. Enumerable.Range(0, 20_000).Select(i => (true, $"top{i % 100}/sub{i}/"))]);
        Assert.Equal(SparseCover.Some, rules.CoverOf("top7"u8));
        Assert.Equal(SparseCover.All, rules.CoverOf("top7/sub107"u8));
        Assert.Equal(SparseCover.None, rules.CoverOf("top7/sub108"u8));
        Assert.Equal(20_000, rules.FindTops().Count);
    }

    private static bool Trees(string path, ReadOnlyMemory<byte> top) => Workspace.Trees.TreePaths.IsUnder(Bytes(path), top.Span);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static SparseRules Rules(params (bool IsInclude, string Pattern)[] rules) => new([], [.. rules.Select(r => new SparseRule(r.IsInclude, SparsePattern.Parse(r.Pattern)))]);

    private static SparseRules Parse(string text) => Rules([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(r => (r[0] == '+', r[1..]))]);

    private static string RandomPath(Random random, int names) => string.Join('/', Enumerable.Range(0, names).Select(_ => s_names[random.Next(s_names.Length)]));

    /// <summary>Rules, and the same said with regular expressions over whole paths.</summary>
    private sealed record RandomRules(SparseRules Rules, IReadOnlyList<RandomRules> Parts, IReadOnlyList<(bool IsInclude, Regex Regex)> Own)
    {
        public static RandomRules Make(Random random, int depth)
        {
            RandomRules[] parts = [.. Enumerable.Range(0, depth == 0 ? 0 : random.Next(3)).Select(_ => Make(random, depth - 1))];
            (bool IsInclude, string Pattern)[] own = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (random.Next(3) > 0, RandomPattern(random)))];
            SparseRules rules = new([.. parts.Select(p => p.Rules)], SparseRulesTests.Rules(own).Rules);
            return new RandomRules(rules, parts, [.. own.Select(o => (o.IsInclude, ToRegex(o.Pattern)))]);
        }

        public bool Includes(string path)
        {
            for (int i = Own.Count - 1; i >= 0; i--)
            {
                if (Own[i].Regex.IsMatch(path))
                    return Own[i].IsInclude;
            }

            return Parts.Count > 0 ? Parts.Any(p => p.Includes(path)) : Own.Count == 0 || !Own[0].IsInclude;
        }

        private static string RandomPattern(Random random)
        {
            IEnumerable<string> names = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(3) == 0 ? s_wild[random.Next(s_wild.Length)] : s_names[random.Next(4)]);
            return (random.Next(5) == 0 ? "/" : "") + string.Join('/', names) + (random.Next(5) == 0 ? "/" : "");
        }

        // The file itself unless a slash ends it, and whatever is below.
        private static Regex ToRegex(string pattern)
        {
            bool isDirectoryOnly = pattern.EndsWith('/');
            string[] names = pattern.Trim('/').Split('/');
            StringBuilder regex = new("^");
            for (int i = 0; i < names.Length; i++)
            {
                bool isLast = i == names.Length - 1;
                if (names[i] == "**")
                {
                    // At the end it stands for one name at least.
                    regex.Append(isLast ? "[^/]+" : "(?:[^/]+/)*");
                }
                else
                {
                    regex.Append(OfName(names[i])).Append(isLast ? "" : "/");
                }
            }

            // A directory of any name below 'a' has only what is below 'a'.
            bool isAny = names[^1] == "**";
            return new Regex(regex.Append(isDirectoryOnly && !isAny ? "/" : "(?:/|$)").ToString(), RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
        }

        private static string OfName(string name)
        {
            StringBuilder regex = new();
            for (int i = 0; i < name.Length; i++)
            {
                switch (name[i])
                {
                    case '*':
                        regex.Append("[^/]*");
                        break;
                    case '?':
                        regex.Append("[^/]");
                        break;
                    case '\\':
                        regex.Append(Regex.Escape(name[++i..(i + 1)]));
                        break;
                    case '[':
                        int end = name.IndexOf(']', i);
                        regex.Append(name[i..(end + 1)].Replace("[!", "[^/", StringComparison.Ordinal));
                        i = end;
                        break;
                    default:
                        regex.Append(Regex.Escape(name[i..(i + 1)]));
                        break;
                }
            }

            return regex.ToString();
        }
    }
}
