using System.Text;
using Monorepo.Cli.Tests.Commands.Paths;

namespace Monorepo.Cli.Tests.Commands.Contents;

/// <summary><c>mr grep</c> prints what <c>git grep</c> prints, to the byte, and ends as it ends.</summary>
public abstract class GrepAgainstGit(ServedHistory history, string word, string regex)
{
    private static readonly string[][] s_forms =
    [
        [], ["-n"], ["-i"], ["-w"], ["-l"], ["-L"], ["-c"], ["-v", "-c"], ["-h"], ["-H", "-n"], ["-n", "-i", "-w"], ["-a", "-c"], ["-I", "-l"], ["--count", "-i"], ["-q"],
    ];

    private async Task SameAsync(params string[] arguments)
    {
        (int code, byte[] ours) = await history.RunAsync(["grep", .. arguments]);
        (int gitCode, byte[] gits) = history.Git.Try(["grep", .. arguments]);
        Assert.True(code == gitCode, $"mr grep {string.Join(' ', arguments)} ended with {code}, git with {gitCode}.");
        if (!ours.AsSpan().SequenceEqual(gits))
        {
            int at = ours.AsSpan().CommonPrefixLength(gits);
            Assert.Fail($"grep {string.Join(' ', arguments)} parts at byte {at}.\n--- mr\n{Around(ours, at)}\n--- git\n{Around(gits, at)}");
        }
    }

    private static string Around(byte[] text, int at)
    {
        int start = Math.Max(0, at - 200);
        return Encoding.UTF8.GetString(text.AsSpan(start, Math.Min(text.Length - start, 400)));
    }

    [Fact]
    public async Task Revisions_are_searched_as_git_searches_them()
    {
        string[] commits = history.Git.Lines("rev-list", "HEAD");
        for (int i = 0; i < s_forms.Length; i++)
        {
            await SameAsync([.. s_forms[i], word, i % 3 == 0 ? "HEAD" : commits[i * commits.Length / s_forms.Length]]);
            await SameAsync([.. s_forms[i], "-E", regex, commits[(s_forms.Length - 1 - i) * commits.Length / s_forms.Length]]);
        }
    }

    [Fact]
    public async Task Several_patterns_languages_and_paths_are_gits()
    {
        string[] directories = history.Git.Lines("ls-tree", "-d", "--name-only", "HEAD");
        await SameAsync("-n", "-e", word, "-e", "zzz", "-e", "the", "HEAD");
        await SameAsync("-n", "-F", "-e", "(", "HEAD");
        await SameAsync("-F", "-i", "A.", "HEAD");
        await SameAsync("-n", @"^[a-z]*\(.\)\1", "HEAD");
        await SameAsync("-c", "", "HEAD");
        await SameAsync("-l", "-v", ".", "HEAD");
        await SameAsync(["-n", word, "HEAD", "HEAD~3", "--", .. directories]);
        await SameAsync("no such text anywhere at all", "HEAD");
        foreach (string directory in directories.Take(3))
        {
            await SameAsync("-n", "-i", word, $"HEAD:{directory}");
            await SameAsync("-c", word, "HEAD", "--", directory);
        }
    }

    [Fact]
    public async Task The_working_copy_is_searched_as_it_is()
    {
        Assert.Equal(0, (await history.RunAsync("checkout", "HEAD", "--force")).Code);
        history.Git.Run("checkout", "-q", "-f", "HEAD");
        string[] files = history.Git.Run("ls-files", "-z").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        foreach (string root in (string[])[history.CloneDirectory, history.Git.Path])
        {
            File.AppendAllText(Path.Combine(root, files[0]), $"one more {word} here\nand a line without an end");
            File.WriteAllText(Path.Combine(root, "untracked.txt"), $"{word}\n");
            File.Delete(Path.Combine(root, files[^1]));
        }

        foreach (string[] form in s_forms)
        {
            await SameAsync([.. form, word]);
            await SameAsync([.. form, "-E", regex]);
        }
    }

    [Fact]
    public async Task Mistakes_are_told()
    {
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync("grep")).Code);
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync("grep", "-E", "(", "HEAD")).Code);
        Assert.Equal((int)ExitCode.NotFound, (await history.RunAsync("grep", "a", "no-such-revision")).Code);
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync("grep", "a", "--", "../outside")).Code);
    }
}

public sealed class WatchmanGrepTests(ServedWatchman history) : GrepAgainstGit(history, "include", "w_(string|assert)[a-z_]*\\("), IClassFixture<ServedWatchman>;

public sealed class VfsForGitGrepTests(ServedVfsForGit history) : GrepAgainstGit(history, "using", "(public|private) +static"), IClassFixture<ServedVfsForGit>;

public sealed class RenamesGrepTests(ServedRenames history) : GrepAgainstGit(history, "line", "changed|everywhere"), IClassFixture<ServedRenames>;
