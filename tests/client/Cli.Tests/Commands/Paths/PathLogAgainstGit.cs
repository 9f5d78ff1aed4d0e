namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary><c>mr log -- PATH…</c> prints what <c>git log</c> prints, to the byte.</summary>
public abstract class PathLogAgainstGit(ServedHistory history, int paths)
{
    private static readonly string[][] s_forms =
    [
        ["--format=%H"],
        ["--format=%H", "-n", "1"],
        ["--first-parent", "--format=%H"],
        ["--topo-order", "--format=%H"],
        ["--format=%H", "-n", "3", "--skip", "1", "--no-merges"],
    ];

    private readonly Random _random = new(3);

    /// <summary>Files of all times, deleted ones too, and the directories above them.</summary>
    private string[] Choose()
    {
        HashSet<string> all = [];
        foreach (string file in history.Git.Run("log", "--all", "--no-renames", "--name-only", "--format=", "-z").Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            for (string path = file.Trim('\n'); path.Length > 0; path = path.LastIndexOf('/') is > 0 and int slash ? path[..slash] : "")
            {
                all.Add(path);
            }
        }

        string[] sorted = [.. all.Order(StringComparer.Ordinal)];
        _random.Shuffle(sorted);
        return sorted[..Math.Min(paths, sorted.Length)];
    }

    [Fact]
    public async Task Histories_of_files_and_directories_are_gits()
    {
        string[] chosen = Choose();
        Assert.True(chosen.Length > 20);
        for (int i = 0; i < chosen.Length; i++)
        {
            string[] form = s_forms[i % s_forms.Length];
            await history.SameAsync(["log", .. form, "--", chosen[i]]);
        }
    }

    [Fact]
    public async Task Histories_of_several_paths_are_gits()
    {
        string[] chosen = Choose();
        for (int i = 0; i + 3 < chosen.Length && i < 90; i += 3)
        {
            string[] form = s_forms[_random.Next(s_forms.Length)];
            await history.SameAsync(["log", .. form, "--", .. chosen[i..(i + _random.Next(2, 4))]]);
        }
    }

    [Fact]
    public async Task Ranges_times_people_and_graphs_of_paths_are_gits()
    {
        string[] chosen = Choose();
        string[] commits = history.Git.Lines("rev-list", "HEAD");
        for (int i = 0; i < Math.Min(chosen.Length, 60); i++)
        {
            string from = commits[_random.Next(commits.Length)];
            string to = commits[_random.Next(commits.Length)];
            string[] form = (i % 5) switch
            {
                0 => ["--topo-order", "--format=%H", $"{from}..{to}"],
                1 => ["--format=%H", to],
                2 => ["--since=@1510000000", "--format=%H"],
                3 => ["--author=a", "--format=%H", "-n", "4"],
                _ => ["--graph", "--format=%H", to],
            };
            await history.SameAsync(["log", .. form, "--", chosen[i]]);
        }
    }

    [Fact]
    public async Task A_path_that_never_was_has_no_history()
    {
        (int code, byte[] output) = await history.RunAsync(["log", "--", "never/was/here"]);
        Assert.Equal(0, code);
        Assert.Empty(output);
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync(["log", "--", "../outside"])).Code);
    }
}

public sealed class WatchmanPathLogTests(ServedWatchman history) : PathLogAgainstGit(history, 70), IClassFixture<ServedWatchman>;

public sealed class VfsForGitPathLogTests(ServedVfsForGit history) : PathLogAgainstGit(history, 120), IClassFixture<ServedVfsForGit>;

public sealed class TanglePathLogTests(ServedPathTangle history) : PathLogAgainstGit(history, 150), IClassFixture<ServedPathTangle>;
