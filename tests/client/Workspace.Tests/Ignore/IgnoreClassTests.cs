using System.Text;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Tests.Ignore;

/// <summary>Each pattern asked about a name of each byte: the answers are those of <c>git check-ignore</c>.</summary>
public sealed class IgnoreClassTests
{
    [Fact]
    public void Classes_ranges_and_quotes_agree_with_git_on_every_byte()
    {
        string[] classes = ["alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word", ""];
        string[] patterns =
        [
            .. classes.Select(c => $"x[[:{c}:]]"), .. classes.Select(c => $"x[![:{c}:]_]"),
            "x[]-a]", "x[a-]", "x[z-a]", "x[a-c-e]", "x[\\]]", "x[\\a-\\f]", "x[[:]", "x[[:alpha]", "x[^a]", "x[!]a]", "x[a", "x\\", "x?", "x*", "x\\?", "x[[]", "x[^^]", "x[--/]", "/x[!a]", "/x[[:space:]]",
        ];
        byte[][] names = [.. Enumerable.Range(1, 255).Where(b => b != '/').Select(b => new[] { (byte)'x', (byte)b })];
        byte[] asked = [.. names.SelectMany(n => (byte[])[.. n, 0])];
        using TempDirectory directory = new();
        GitCommand.Run(directory.Path, "init", "-q");
        foreach (string pattern in patterns)
        {
            File.WriteAllText(directory.File(".gitignore"), pattern + "\n");

            // A file that is always ignored, because check-ignore exits with 1 when nothing is.
            File.AppendAllText(directory.File(".gitignore"), "yes\n");
            byte[] output = GitCommand.Run(directory.Path, (byte[])[.. asked, .. "yes\0"u8], "check-ignore", "--no-index", "-z", "--stdin");
            string[] gits = [.. Encoding.Latin1.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(n => n != "yes")];
            IgnoreScope scope = IgnoreScope.Root(IgnorePatterns.Parse(Encoding.UTF8.GetBytes(pattern + "\n")), []);
            string[] ours = [.. names.Where(n => scope.IsIgnored(n, isDirectory: false)).Select(Encoding.Latin1.GetString)];
            Assert.True(gits.SequenceEqual(ours, StringComparer.Ordinal), $"{pattern}: only git [{string.Join('|', gits.Except(ours, StringComparer.Ordinal).Select(n => (int)n[1]))}] only we [{string.Join('|', ours.Except(gits, StringComparer.Ordinal).Select(n => (int)n[1]))}]");
        }
    }

    [Fact]
    public void Literal_heads_and_stars_agree_with_git()
    {
        string[] patterns = ["a**/b", "a/**b", "a**b", "/a**/c", "a/*/c", "**/b", "a/**", "**/**/c", "a/**/c", "a*/c", "/*/c", "a**/", "/a**", "**a/c", "***/c", "a/\\**"];
        string[] paths = ["a/b", "a/x/b", "ax/y/b", "ab", "a/c", "a/x/c", "a/x/y/c", "b", "c", "x/c", "aa/c", "x/a/c", "a/*x", "a/xb", "axb", "xa/c"];
        using TempDirectory directory = new();
        GitCommand.Run(directory.Path, "init", "-q");
        foreach (string pattern in patterns)
        {
            File.WriteAllText(directory.File(".gitignore"), pattern + "\nyes\n");
            byte[] output = GitCommand.Run(directory.Path, Encoding.ASCII.GetBytes(string.Join('\0', paths) + "\0yes\0"), "check-ignore", "--no-index", "-z", "--stdin");
            string[] gits = [.. Encoding.ASCII.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(n => n != "yes")];
            string[] ours = [.. paths.Where(p => IsIgnored(pattern, p))];
            Assert.True(gits.SequenceEqual(ours, StringComparer.Ordinal), $"{pattern}: git [{string.Join('|', gits)}] we [{string.Join('|', ours)}]");
        }
    }

    private static bool IsIgnored(string pattern, string path)
    {
        IgnoreScope scope = IgnoreScope.Root(IgnorePatterns.Parse(Encoding.UTF8.GetBytes(pattern + "\n")), []);
        string[] parts = path.Split('/');
        foreach (string parent in parts[..^1])
            scope = scope.Enter(Encoding.UTF8.GetBytes(parent), IgnorePatterns.Empty);
        return scope.IsIgnored(Encoding.UTF8.GetBytes(parts[^1]), isDirectory: false);
    }
}
