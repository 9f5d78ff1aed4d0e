using Monorepo.Cli.Tests.Commands.Paths;

namespace Monorepo.Cli.Tests.Commands.Diffs;

/// <summary><c>mr diff</c> and <c>mr show</c> print what git prints of two revisions, to the byte, in every form.</summary>
public abstract class DiffAgainstGit(ServedHistory history, int pairs)
{
    private const int Seed = 31;

    public static TheoryData<string> Forms =>
    [
        "", "--no-renames", "-M90%", "-M3", "-M100%", "--find-renames=20%", "--stat", "--stat=60", "--stat=100,30", "--stat=80,40,3", "--numstat", "--shortstat", "--name-only", "--name-status",
        "--name-status -M30%", "--numstat --stat --shortstat -p", "-U0", "-U7", "--word-diff", "--word-diff=porcelain", "--word-diff=color", "--color-words", "--word-diff --color", "--word-diff=porcelain -U1 --color",
        "--stat --color", "-p --stat --color",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Two_revisions_are_compared_as_git_compares_them(string form)
    {
        Random random = new(Seed);
        string[] options = Split(form);
        string[] all = history.Git.Lines("rev-list", "--all");
        for (int i = 0; i < pairs; i++)
        {
            // Neighbours, and commits further apart.
            int at = random.Next(all.Length - 1);
            int other = i % 2 == 0 ? at + 1 : Math.Min(all.Length - 1, at + random.Next(30));
            await history.SameAsync(["diff", "--full-index", .. options, all[other], all[at]]);
        }
    }

    [Fact]
    public async Task Ranges_and_paths_are_gits()
    {
        Random random = new(Seed + 1);
        string[] all = history.Git.Lines("rev-list", "--all");
        for (int i = 0; i < pairs; i++)
        {
            string left = all[random.Next(all.Length)];
            string right = all[random.Next(all.Length)];
            string[] changed = history.Git.Run("diff", "--no-renames", "--name-only", "-z", left, right).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            await history.SameAsync("diff", "--name-status", $"{left}..{right}");
            if (history.Git.Try("merge-base", left, right).Code == 0)
            {
                await history.SameAsync("diff", "--stat", $"{left}...{right}");
            }

            if (changed.Length > 0)
            {
                string path = changed[random.Next(changed.Length)];
                string folder = path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : path;
                await history.SameAsync("diff", "--full-index", left, right, "--", path);
                await history.SameAsync("diff", "--full-index", "--stat", left, right, "--", folder, changed[0]);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("--stat")]
    [InlineData("-p --stat")]
    [InlineData("--name-status")]
    [InlineData("--numstat -M70%")]
    [InlineData("--no-patch")]
    [InlineData("--word-diff")]
    public async Task Commits_are_shown_as_git_shows_them(string form)
    {
        Random random = new(Seed + 2);
        string[] all = history.Git.Lines("rev-list", "--all", "--no-merges");
        for (int i = 0; i < pairs; i++)
        {
            await history.SameAsync(["show", "--full-index", .. Split(form), all[random.Next(all.Length)]]);
        }
    }

    [Theory]
    [InlineData("--name-only")]
    [InlineData("--name-status -M40%")]
    [InlineData("--numstat --shortstat --format=%H")]
    [InlineData("-p --word-diff=porcelain --full-index")]
    public async Task Logs_have_gits_forms(string form)
    {
        await history.SameAsync(["log", "--abbrev=9", .. Split(form), "-n", "80"]);
    }

    [Theory]
    [InlineData("--name-only", "--name-status")]
    [InlineData("-M.x")]
    [InlineData("--find-renames=much")]
    [InlineData("--word-diff=loud")]
    [InlineData("--stat=wide")]
    [InlineData("HEAD", "HEAD", "HEAD")]
    [InlineData("HEAD..HEAD", "HEAD")]
    public async Task What_git_refuses_is_refused(params string[] arguments) => Assert.Equal((int)ExitCode.Usage, (await history.RunAsync(["diff", .. arguments])).Code);

    private static string[] Split(string form) => form.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

public sealed class RenamesDiffTests(ServedRenames history) : DiffAgainstGit(history, 30), IClassFixture<ServedRenames>;

public sealed class VfsForGitDiffTests(ServedVfsForGit history) : DiffAgainstGit(history, 6), IClassFixture<ServedVfsForGit>;

public sealed class WatchmanDiffTests(ServedWatchman history) : DiffAgainstGit(history, 4), IClassFixture<ServedWatchman>;
