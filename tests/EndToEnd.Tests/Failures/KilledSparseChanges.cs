using System.Globalization;
using System.Text;
using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Failures;

/// <summary>kill -9 during <c>mr sparse enable</c> and its kin: the next command has all of the old rules or all of the new, and what is the user's stays.</summary>
public sealed class KilledSparseChanges : IAsyncLifetime
{
    private const int Kills = 40;
    private const int CutsMin = 8;
    private const int KillsMax = 6 * Kills;
    private const int DirectoriesMax = 20;
    private const int FilesInEach = 15;

    private readonly TemporaryFolder _folder = new("mr-sparse-");
    private readonly User _user = new();
    private MonorepoServer _server = null!;

    private string Git => Path.Combine(_folder.FullPath, "git");

    public async ValueTask InitializeAsync()
    {
        StringBuilder stream = new("commit refs/heads/main\ncommitter A <a@example.com> 1600000000 +0000\ndata 0\n");
        for (int i = 0; i < DirectoriesMax * FilesInEach; i++)
        {
            string content = string.Create(CultureInfo.InvariantCulture, $"file {i} ") + new string('x', 3_000);
            stream.Append(CultureInfo.InvariantCulture, $"M 644 inline dir{i % DirectoriesMax}/sub/file{i}\ndata {content.Length}\n{content}\n");
        }

        foreach ((string name, string directories) in (ReadOnlySpan<(string, string)>)[("low", "dir0 dir1 dir2 dir3 dir4 dir5 dir6 dir7 dir8 dir9"), ("odd", "dir1 dir3 dir5 dir7 dir9 dir11 dir13")])
        {
            string profile = $"[include]\n{directories.Replace(' ', '\n')}\n";
            stream.Append(CultureInfo.InvariantCulture, $"M 644 inline ci/{name}.sparse\ndata {profile.Length}\n{profile}\n");
        }

        Directory.CreateDirectory(Git);
        GitCommand.Run(Git, "init", "-q", "--bare", "--initial-branch=main", ".");
        GitCommand.Run(Git, Encoding.UTF8.GetBytes(stream.ToString()), "fast-import", "--quiet");
        string data = Path.Combine(_folder.FullPath, "data");
        await ServedHistory.ImportAsync(new GitRepository(Git), data);
        _server = await MonorepoServer.StartAsync(data);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _user.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_next_command_has_one_set_of_rules_whole()
    {
        Random random = new(17);
        string copy = _user.PathTo("copy");
        (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), copy, "--sparse", "ci/low.sparse")).Succeeds();
        string mine = Path.Combine(copy, "dir3/sub/mine");
        await File.WriteAllTextAsync(mine, "mine", TestContext.Current.CancellationToken);
        string[][] changes = [["enable", "ci/odd.sparse"], ["disable", "ci/low.sparse"], ["enable", "ci/low.sparse"], ["reset"], ["include", "dir2", "dir4"], ["enable", "ci/odd.sparse"], ["exclude", "dir5"]];
        int cut = 0;
        for (int kill = 0; kill < Kills || (cut < CutsMin && kill < KillsMax); kill++)
        {
            string before = await RulesAsync(copy);
            string[] change = changes[random.Next(changes.Length)];
            await _user.KillInAsync(copy, random.Next(220), ["sparse", .. change]);
            bool isCut = File.Exists(Path.Combine(copy, ".mr/checkout.journal"));
            cut += isCut ? 1 : 0;
            (await _user.RunInAsync(copy, "status")).Succeeds();
            Assert.False(File.Exists(Path.Combine(copy, ".mr/checkout.journal")));
            string after = await RulesAsync(copy);
            Assert.Equal("mine", await File.ReadAllTextAsync(mine, TestContext.Current.CancellationToken));
            await CheckAsync(copy, $"kill {kill}, {string.Join(' ', change)}, from {before} to {after}");
        }

        Assert.InRange(cut, CutsMin, KillsMax);
    }

    // What is on disk is what each path's own answer says.
    private async Task CheckAsync(string copy, string what)
    {
        string[] tree = [.. Encoding.UTF8.GetString(GitCommand.Run(Git, "ls-tree", "-r", "--name-only", "main")).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        ProgramResult shown = await _user.RunInAsync(copy, ["sparse", "show", "--json", .. tree]);
        using JsonDocument answers = JsonDocument.Parse(shown.Output);
        string[] expected = [.. tree.Where(p => answers.RootElement.GetProperty(p).GetString() == "in").Append("dir3/sub/mine").Order(StringComparer.Ordinal)];
        string[] files = [.. Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(copy, f)).Where(f => !f.StartsWith(".mr/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.True(expected.SequenceEqual(files, StringComparer.Ordinal), $"{what}: {string.Join(' ', expected.Except(files, StringComparer.Ordinal).Take(5))} are not there, {string.Join(' ', files.Except(expected, StringComparer.Ordinal).Take(5))} are");
        string[] changed = [.. (await _user.RunInAsync(copy, "status", "--porcelain")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("?? dir3/", StringComparison.Ordinal))];
        Assert.True(changed.Length == 0, $"{what}: {string.Join(", ", changed)}");
    }

    private async Task<string> RulesAsync(string copy) => (await _user.RunInAsync(copy, "sparse", "list", "--json")).Succeeds().Text.Trim();
}
