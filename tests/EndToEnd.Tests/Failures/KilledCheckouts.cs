using System.Globalization;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Failures;

/// <summary>kill -9 during a hundred checkouts: the next command ends in one of the two revisions, and what is the user's stays.</summary>
[Collection(nameof(OddHistory))]
public sealed class KilledCheckouts(OddHistory history) : IDisposable
{
    private const int Kills = 100;

    // Where the machine is quick or busy many kills come too late: there are more, until so many came in the middle.
    private const int CutsMin = 10;
    private const int KillsMax = 5 * Kills;
    private const int KillsPerClone = 5;
    private const string EmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    // About twice what a first checkout of this history makes, so that some are killed at their end.
    private const int EventsMax = 160;

    private readonly User _user = new();
    private readonly Dictionary<string, string> _mine = new(StringComparer.Ordinal);
    private readonly Random _random = new(11);

    public void Dispose() => _user.Dispose();

    [Fact]
    public async Task The_next_command_ends_in_one_of_the_revisions_and_nothing_of_the_users_is_lost()
    {
        string[] commits = [.. ((string[])["main", "v1", "main~15"]).Select(r => history.Git.Text("rev-parse", r + "^{commit}").Trim())];
        string empty = _user.PathTo("empty");
        (await _user.RunAsync("clone", history.Url, empty, "--no-checkout")).Succeeds();
        int cut = 0;
        string copy = "";
        string? from = null;
        for (int kill = 0; kill < Kills || (cut < CutsMin && kill < KillsMax); kill++)
        {
            if (kill % KillsPerClone == 0)
            {
                copy = _user.PathTo($"copy{kill}");
                Copy(empty, copy);
                _mine.Clear();
                from = null;
            }

            WriteMine(copy, $"mine-{kill}");
            WriteMine(copy, $"src/{kill % 7}/deep/mine-{kill}");
            string target = commits[_random.Next(commits.Length)];
            await _user.KillInAsync(copy, _random.Next(EventsMax), "checkout", target);
            cut += File.Exists(Path.Combine(copy, ".mr/checkout.journal")) ? 1 : 0;

            string other = commits[_random.Next(commits.Length)];
            bool isOther = _random.Next(3) == 0;
            (isOther ? await _user.RunInAsync(copy, "checkout", other) : await _user.RunInAsync(copy, "status")).Succeeds();
            string? head = await HeadAsync(copy);
            if (isOther)
                Assert.Equal(other, head);
            else
                Assert.True(head == from || head == target, $"kill {kill}: {head} is neither {from} nor {target}");
            await CheckAsync(copy, head, kill);
            from = head;
        }

        Assert.InRange(cut, CutsMin, KillsMax);
    }

    // The files are the version's and the user's, byte for byte, and status says so.
    private async Task CheckAsync(string copy, string? head, int kill)
    {
        foreach ((string path, string content) in _mine)
            Assert.Equal(content, await File.ReadAllTextAsync(Path.Combine(copy, path)));
        string expected = head is null ? EmptyTree : history.Git.Text("rev-parse", head + "^{tree}").Trim();
        string[] differing = history.Git.Lines("diff-tree", "-r", "--no-renames", "--name-status", expected, history.Git.TreeOf(copy));
        Assert.Equal(_mine.Keys.Select(p => $"A\t{p}").Order(StringComparer.Ordinal), differing.Order(StringComparer.Ordinal));
        string[] changed = [.. (await _user.RunInAsync(copy, "status", "--porcelain")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("??", StringComparison.Ordinal))];
        Assert.True(changed.Length == 0, string.Create(CultureInfo.InvariantCulture, $"kill {kill}: {string.Join(", ", changed)}"));
    }

    private async Task<string?> HeadAsync(string copy)
    {
        ProgramResult head = await _user.RunInAsync(copy, "status", "--json");
        string text = head.Succeeds().Text;
        int at = text.IndexOf("\"commit\":\"", StringComparison.Ordinal);
        return at < 0 ? null : text.Substring(at + 10, 40);
    }

    private void WriteMine(string copy, string path)
    {
        string full = Path.Combine(copy, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, path);
        _mine[path] = path;
    }

    private static void Copy(string from, string to) => GitCommand.Run("/", "-c", $"alias.copy=!cp -a '{from}' '{to}'", "copy");
}
