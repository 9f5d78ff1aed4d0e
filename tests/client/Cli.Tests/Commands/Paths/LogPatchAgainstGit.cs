namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary><c>mr log -p</c> and <c>--stat</c> print what git prints, to the byte, renames included.</summary>
public abstract class LogPatchAgainstGit(ServedHistory history, int commits)
{
    private readonly string _count = commits.ToString(System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("-p", "--full-index", "--abbrev=9")]
    [InlineData("--stat", "--abbrev=9")]
    [InlineData("-p", "--stat", "--full-index", "--abbrev=9", "--no-renames")]
    [InlineData("-p", "--oneline", "--full-index", "--abbrev=9")]
    [InlineData("-p", "--first-parent", "--full-index", "--abbrev=9", "--format=%H")]
    [InlineData("--stat", "--reverse", "--format=fuller", "--abbrev=9")]
    [InlineData("-p", "--format=", "--full-index", "--abbrev=9")]
    [InlineData("--stat", "--pretty=format:%h", "--abbrev=9", "--no-merges")]
    [InlineData("-p", "--stat", "--full-index", "--abbrev=9", "--color", "--decorate")]
    public async Task Changes_are_printed_as_git_prints_them(params string[] form) => await history.SameAsync(["log", .. form, "-n", _count]);

    [Fact]
    public async Task The_whole_history_has_gits_patches()
    {
        await history.SameAsync("log", "-p", "--stat", "--full-index", "--abbrev=9", "--all", "-n", (commits * 5).ToString(System.Globalization.CultureInfo.InvariantCulture), "--skip", _count);
    }

    [Fact]
    public async Task Patches_of_paths_are_gits()
    {
        Random random = new(23);
        string[] all = [.. history.Git.Run("log", "--all", "--no-renames", "--name-only", "--format=", "-z").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(f => f.Trim('\n')).Where(f => f.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        for (int i = 0; i < 25; i++)
        {
            string path = all[random.Next(all.Length)];
            string chosen = i % 3 == 0 && path.Contains('/', StringComparison.Ordinal) ? path[..path.IndexOf('/', StringComparison.Ordinal)] : path;
            await history.SameAsync(["log", "-p", "--full-index", "--abbrev=9", "-n", "20", "--", chosen]);
            await history.SameAsync(["log", "--stat", "--abbrev=9", "-n", "20", "--", chosen, all[random.Next(all.Length)]]);
        }
    }

    [Fact]
    public async Task Changes_with_a_graph_or_json_are_refused()
    {
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync("log", "-p", "--graph")).Code);
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync("log", "--stat", "--json")).Code);
    }
}

public sealed class WatchmanLogPatchTests(ServedWatchman history) : LogPatchAgainstGit(history, 150), IClassFixture<ServedWatchman>;

public sealed class VfsForGitLogPatchTests(ServedVfsForGit history) : LogPatchAgainstGit(history, 400), IClassFixture<ServedVfsForGit>;

public sealed class TangleLogPatchTests(ServedPathTangle history) : LogPatchAgainstGit(history, 120), IClassFixture<ServedPathTangle>;

public sealed class RenamesLogPatchTests(ServedRenames history) : LogPatchAgainstGit(history, 60), IClassFixture<ServedRenames>;
