using System.Globalization;

namespace Monorepo.Cli.Tests.Commands.History;

/// <summary>Every form of <c>mr log</c> prints what <c>git log</c> prints, to the byte.</summary>
public abstract class LogAgainstGit(ClonedHistory history)
{
    // Abbreviations are compared whole: git counts all objects for their length, and a clone of metadata does not have them.
    private static readonly string[] s_common = ["--abbrev=40"];

    /// <summary>What is compared over whole long histories.</summary>
    public static TheoryData<string> MainForms =>
    [
        "--oneline --decorate",
        "--graph --oneline --all",
        "--graph -n 2000",
        "--reverse --topo-order --format=%h",
        "--date-order --format=%H%x09%P%x09%an%x09%ae%x09%at%x09%cn%x09%ct%x09%s%x09%d",
        "--since=2016-03-01T00:00:00Z --until=@1510000000 --format=%H",
        "-i --grep=fix.*test --author=^w --format=%s",
    ];

    public static TheoryData<string> Forms =>
    [
        "--oneline",
        "--graph --oneline",
        "--graph --oneline --all",
        "--graph",
        "--graph --pretty=short",
        "--graph --pretty=fuller --decorate",
        "--graph --date-order --oneline --all",
        "--graph --first-parent --oneline",
        "--graph --no-merges --oneline -n 300",
        "--graph --format=%h%n%b --all -n 300",
        "--graph --pretty=format:%s%n%n%an --all -n 300",
        "--graph --oneline --skip 20 -n 100",
        "--topo-order --format=%H --all",
        "--date-order --format=%H --all",
        "--reverse --oneline -n 70",
        "--reverse --topo-order --format=%h",
        "--first-parent --oneline",
        "--merges --oneline",
        "--no-merges --oneline --all",
        "--all --oneline --decorate",
        "--all --oneline --decorate --color",
        "--graph --all --oneline --decorate --color",
        "--graph --color --pretty=fuller",
        "--pretty=fuller --decorate --color -n 300",
        "--all --decorate=full --pretty=oneline",
        "--skip=5 --max-count=9",
        "-7",
        "-n3 --pretty=full",
        "--pretty=short -n 200",
        "--pretty=fuller -n 200",
        "--format=%H%x09%T%x09%P%x09%an%x09%ae%x09%al%x09%at%x09%cn%x09%ce%x09%ct%x09%%",
        "--format=%s%n%b%n%B -n 400",
        "--format=%d%D --all",
        "--pretty=format:%h:%s -n 50",
        "--pretty=tformat:%ai|%aI|%aD|%as|%ci|%cI -n 200",
        "--pretty=tformat: -n 4",
        "--date=iso -n 20",
        "--date=iso-strict --pretty=fuller -n 20",
        "--date=short --format=%ad,%cd -n 20",
        "--date=unix --format=%ad -n 20",
        "--date=raw --format=%ad -n 20",
        "--date=rfc --format=%ad -n 20",
        "--since=2016-03-01T00:00:00Z --oneline",
        "--until=2016-03-01T00:00:00+0100 --oneline",
        "--since=@1450000000 --until=@1510000000 --format=%H --all",
        "--since=@1505000000 --graph --oneline --all",
        "--until=@1505000000 --graph --oneline --all",
        "--grep=fix --oneline",
        "-i --grep=FIX --oneline",
        "-i --grep=^fix --format=%s --all",
        "--grep=a+b --format=%s --all",
        "-E --grep=(fix|bug).*[[:digit:]]+ --format=%H --all",
        "--grep=\\(fix\\|bug\\).*[0-9]\\{2,\\}$ --format=%H --all",
        "-F --grep=(again) --format=%H --all",
        "--grep=ü --format=%H --all",
        "--grep=fix --grep=because -i --format=%H --all",
        "--grep=fix --grep=because -i --all-match --format=%H --all",
        "--grep=fix -i --invert-grep --format=%H --all -n 200",
        "--author=[A-F] --format=%an",
        "--author=^ann --format=%an --all",
        "-i --author=ann --author=bob --format=%an --all",
        "--committer=git --format=%cn --all -n 30",
        "--author=ann --grep=fix -i --format=%H --all",
        "--graph --author=ann -i --oneline --all",
    ];

    [Theory]
    [MemberData(nameof(MainForms))]
    public Task A_main_form_of_log_is_gits(string form) => SameAsync(form);

    [Fact]
    public async Task Ranges_are_gits()
    {
        int compared = 0;
        foreach ((string a, string b, string c) in Triples(6))
        {
            string[][] ranges = [[$"{a}..{b}"], [$"{a}...{b}"], [a, b, "^" + c], ["--first-parent", $"{a}..{b}"]];
            foreach (string[] range in ranges)
            {
                // With its index of commits git leaves out first parents of excluded commits only when it has to order children first.
                if (range[0] != "--first-parent")
                {
                    await history.SameAsync(["log", "--topo-order", "--format=%H", .. range], ["log", "--topo-order", "--format=%H", .. range]);
                    await history.SameAsync(["log", "--graph", "--format=%H", .. range], ["log", "--graph", "--format=%H", .. range]);
                }

                // In its plain order git takes commits that were excluded for wanted ones where clocks ran backwards.
                string[] plain = history.Git.Lines(["log", "--format=%H", .. range]);
                if (plain.ToHashSet(StringComparer.Ordinal).SetEquals(history.Git.Lines(["log", "--topo-order", "--format=%H", .. range])))
                {
                    compared++;
                    await history.SameAsync(["log", "--format=%H", .. range], ["log", "--format=%H", .. range]);
                }
            }
        }

        Assert.True(compared > 12, $"Only {compared} ranges could be compared in the plain order.");
    }

    [Fact]
    public async Task A_range_of_nothing_is_empty()
    {
        (int code, byte[] output) = await history.RunAsync("log", "HEAD..HEAD");
        Assert.Equal(0, code);
        Assert.Empty(output);
    }

    protected Task SameAsync(string form)
    {
        string[] arguments = form.Split(' ');
        return history.SameAsync(["log", .. s_common, .. arguments], ["log", "--no-mailmap", .. s_common, .. arguments]);
    }

    /// <summary>Commits at places that differ between the triples, the same in every run.</summary>
    private List<(string A, string B, string C)> Triples(int count)
    {
        string[] all = history.Git.Lines("rev-list", "--all");
        Random random = new(11);
        string Any() => all[random.Next(all.Length)];
        return [.. Enumerable.Range(0, count).Select(i => (Any(), i % 3 == 0 ? all[0] : Any(), Any()))];
    }
}

public sealed class WatchmanLogTests(WatchmanHistory history) : LogAgainstGit(history), IClassFixture<WatchmanHistory>;

public sealed class VfsForGitLogTests(VfsForGitHistory history) : LogAgainstGit(history), IClassFixture<VfsForGitHistory>
{
    [Theory]
    [MemberData(nameof(Forms))]
    public Task A_form_of_log_is_gits(string form) => SameAsync(form);
}

public sealed class TangledLogTests(TangledHistory history) : LogAgainstGit(history), IClassFixture<TangledHistory>
{
    private readonly TangledHistory _history = history;

    [Theory]
    [MemberData(nameof(Forms))]
    public Task A_form_of_log_is_gits(string form) => SameAsync(form);

    [Theory]
    [InlineData("--since=whenever")]
    [InlineData("--until=2 fortnights ago")]
    [InlineData("--date=fancy")]
    [InlineData("--format=%q")]
    [InlineData("--pretty=rawer")]
    [InlineData("--no-such-option")]
    [InlineData("--graph --reverse")]
    [InlineData("-E --grep=(")]
    [InlineData("--grep=[a")]
    public async Task What_log_does_not_know_is_refused(string form)
    {
        (int code, byte[] output) = await _history.RunAsync(["log", .. form.Split(' ', 2)]);
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Empty(output);
    }

    [Fact]
    public async Task Every_seed_draws_gits_graph()
    {
        // One repository of many roots is cheaper than many repositories: every tip's own graph, and graphs of pairs of them.
        string[] tips = _history.Git.Lines("rev-list", "--all", "--max-count=120");
        for (int i = 0; i + 3 < tips.Length; i += 8)
        {
            string[] form = ["--graph", "--oneline", "--abbrev=40", tips[i], tips[i + 3], string.Create(CultureInfo.InvariantCulture, $"--max-count={40 + i}")];
            await _history.SameAsync(["log", .. form], ["log", .. form]);
        }
    }
}
