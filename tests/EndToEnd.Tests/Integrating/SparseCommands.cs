using System.Text;
using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Integrating;

/// <summary>A developer in a sparse clone, with a watcher: what commands say, and that git gets everything back.</summary>
public sealed class SparseCommands : IAsyncLifetime
{
    private const int NotFoundCode = 3;
    private const int ConflictCode = 4;

    private readonly TemporaryFolder _folder = new("mr-sparse-");
    private readonly User _user = new();
    private MonorepoServer _server = null!;

    private string Git => Path.Combine(_folder.FullPath, "git");

    private string Copy => _user.PathTo("copy");

    public async ValueTask InitializeAsync()
    {
        StringBuilder stream = new("commit refs/heads/main\ncommitter A <a@example.com> 1600000000 +0000\ndata 0\n");
        foreach (string file in (string[])["web/a=1\n", "web/b=2\n", "docs/a=needle\n", "docs/deep/b=4\n", "lib/c=5\n", "ci/web.sparse=[metadata]\ntitle: the web\n[include]\nweb/\n", "ci/docs.sparse=[include]\ndocs\n"])
        {
            string[] parts = file.Split('=', 2);
            stream.Append(System.Globalization.CultureInfo.InvariantCulture, $"M 644 inline {parts[0]}\ndata {parts[1].Length}\n{parts[1]}\n");
        }

        Directory.CreateDirectory(Git);
        GitCommand.Run(Git, "init", "-q", "--bare", "--initial-branch=main", ".");
        GitCommand.Run(Git, Encoding.UTF8.GetBytes(stream.ToString()), "fast-import", "--quiet");
        string data = Path.Combine(_folder.FullPath, "data");
        await ServedHistory.ImportAsync(new GitRepository(Git), data);
        _server = await MonorepoServer.StartAsync(data);
        await File.WriteAllTextAsync(_user.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
        _user.UseWatcher();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _user.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Commands_tell_what_is_outside_and_commits_keep_it()
    {
        (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), Copy, "--sparse", "ci/web.sparse")).Succeeds();
        Assert.Equal(["web/a", "web/b"], Files());
        JsonElement listed = Json(await RunAsync("sparse", "list", "--json"));
        Assert.Equal(["ci/docs.sparse False ", "ci/web.sparse True the web"], listed.GetProperty("profiles").EnumerateArray()
            .Select(p => $"{p.GetProperty("path")} {p.GetProperty("enabled")} {(p.TryGetProperty("title", out JsonElement title) ? title.GetString() : "")}"));
        Assert.Equal("web: in\ndocs: out\nweb/a: in\n", (await RunAsync("sparse", "show", "web", "docs", "web/a")).ExitsWith(1).Text);

        // What lies where the commit has something else is never taken for it.
        Directory.CreateDirectory(Path.Combine(Copy, "docs"));
        await File.WriteAllTextAsync(Path.Combine(Copy, "docs/a"), "mine\n", TestContext.Current.CancellationToken);
        Assert.Contains("outside the sparse profile", (await RunAsync("status")).Succeeds().Text, StringComparison.Ordinal);
        Assert.True(Json(await RunAsync("status", "--json")).GetProperty("entries").EnumerateArray().Single().GetProperty("outside").GetBoolean());
        Assert.Equal("?? docs/\n", (await RunAsync("status", "--porcelain")).Succeeds().Text);
        foreach (string[] refused in (string[][])[["commit", "-m", "x", "docs/a"], ["grep", "needle", "--", "docs"], ["commit", "-m", "x", "lib/c"]])
        {
            Assert.Contains("brings it in", (await RunAsync(refused)).ExitsWith(NotFoundCode).Errors, StringComparison.Ordinal);
        }

        Assert.Contains("docs/a is not tracked", (await RunAsync("sparse", "enable", "ci/docs.sparse")).ExitsWith(ConflictCode).Errors, StringComparison.Ordinal);
        Assert.Equal("mine\n", await File.ReadAllTextAsync(Path.Combine(Copy, "docs/a"), TestContext.Current.CancellationToken));

        // Edit, commit, push; git finds all that nobody here has seen.
        await File.WriteAllTextAsync(Path.Combine(Copy, "web/a"), "changed\n", TestContext.Current.CancellationToken);
        (await RunAsync("commit", "-m", "change")).Succeeds();
        (await RunAsync("push")).Succeeds();
        Assert.Equal(Lines("ls-tree", "-r", "--name-only", "main").Order(StringComparer.Ordinal), (await RunAsync("ls-tree", "-r", "--name-only", "HEAD")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        // The watcher follows what the rules do.
        File.Delete(Path.Combine(Copy, "docs/a"));
        JsonElement brought = Json(await RunAsync("sparse", "enable", "ci/docs.sparse", "--json"));
        Assert.Equal((2, 0), (brought.GetProperty("written").GetInt32(), brought.GetProperty("removed").GetInt32()));
        await AssertCleanAsync();
        await File.WriteAllTextAsync(Path.Combine(Copy, "docs/deep/b"), "edited\n", TestContext.Current.CancellationToken);
        Assert.Contains("docs/deep/b has changes", (await RunAsync("sparse", "exclude", "docs/deep")).ExitsWith(ConflictCode).Errors, StringComparison.Ordinal);
        (await RunAsync("sparse", "exclude", "docs/deep", "--force")).Succeeds();
        Assert.Equal(["docs/a", "web/a", "web/b"], Files());
        await AssertCleanAsync();
        (await RunAsync("sparse", "reset")).Succeeds();
        Assert.Equal(7, Files().Length);
        await AssertCleanAsync();
        (await RunAsync("watcher", "stop")).Succeeds();
    }

    [Fact]
    public async Task Clone_pull_and_checkout_tell_machines_what_they_did()
    {
        string url = _server.UrlOf(ServedHistory.Name);
        JsonElement cloned = Json(await _user.RunAsync("clone", "--depth", "1", url, Copy, "--json", "--paths", "web/b", "docs"));
        Assert.Equal(["docs/a", "docs/deep/b", "web/b"], Files());
        Assert.Equal((url, Copy, 1, true), (cloned.GetProperty("url").GetString(), cloned.GetProperty("directory").GetString(), cloned.GetProperty("commits").GetInt32(), cloned.GetProperty("shallow").GetBoolean()));
        string head = Lines("rev-parse", "main")[0];
        AssertCheckedOut(cloned.GetProperty("checkout"), head, written: 3, removed: 0);
        await AssertCleanAsync();
        Assert.False(Json(await _user.RunAsync("clone", url, "other", "--no-checkout", "--json", "--sparse", "ci/web.sparse", "--paths", "lib")).TryGetProperty("checkout", out _));
        Assert.Contains("Nothing is checked out yet.", (await _user.RunInAsync(_user.PathTo("other"), "status")).Succeeds().Text, StringComparison.Ordinal);
        AssertCheckedOut(Json(await _user.RunInAsync(_user.PathTo("other"), "checkout", "--json")), head, written: 3, removed: 0);

        await File.WriteAllTextAsync(_user.PathTo("other/web/a"), "changed\n", TestContext.Current.CancellationToken);
        (await _user.RunInAsync(_user.PathTo("other"), "commit", "-m", "theirs")).Succeeds();
        (await _user.RunInAsync(_user.PathTo("other"), "push")).Succeeds();
        string pushed = Encoding.ASCII.GetString((await _user.RunInAsync(_user.PathTo("other"), "rev-parse", "HEAD")).Succeeds().Output).Trim();
        await File.WriteAllTextAsync(Path.Combine(Copy, "docs/a"), "mine\n", TestContext.Current.CancellationToken);
        (await RunAsync("commit", "-m", "ours")).Succeeds();

        string[] lines = (await RunAsync("pull", "--rebase", "--json")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement pulled = JsonDocument.Parse(lines[0]).RootElement;
        JsonElement moved = Assert.Single(pulled.GetProperty("refs").EnumerateArray());
        Assert.Equal((1, "refs/heads/main", head, pushed),
            (pulled.GetProperty("newCommits").GetInt32(), moved.GetProperty("name").GetString(), moved.GetProperty("old").GetString(), moved.GetProperty("new").GetString()));
        Assert.Equal((1, 1), (pulled.GetProperty("branch").GetProperty("ahead").GetInt32(), pulled.GetProperty("branch").GetProperty("behind").GetInt32()));
        Assert.Equal(2, lines.Length);
        Assert.Equal("rebase done", $"{JsonDocument.Parse(lines[1]).RootElement.GetProperty("command")} {JsonDocument.Parse(lines[1]).RootElement.GetProperty("result")}");
        await AssertCleanAsync();
        (await RunAsync("watcher", "stop")).Succeeds();

        // The names would be taken for more patterns.
        Assert.Contains("argument missing", (await _user.RunAsync("clone", "--paths", "web", url)).ExitsWith(2).Errors, StringComparison.Ordinal);
    }

    private static void AssertCheckedOut(JsonElement checkout, string commit, int written, int removed) => Assert.Equal(
        (commit, "main", written, removed),
        (checkout.GetProperty("commit").GetString(), checkout.GetProperty("branch").GetString(), checkout.GetProperty("written").GetInt32(), checkout.GetProperty("removed").GetInt32()));

    private async Task AssertCleanAsync()
    {
        Assert.Equal("", (await RunAsync("status", "--porcelain")).Succeeds().Text);
        Assert.Contains("verified", (await RunAsync("status", "--verify")).Succeeds().Errors, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(params string[] arguments) => _user.RunInAsync(Copy, arguments);

    private string[] Lines(params string[] arguments) => Encoding.UTF8.GetString(GitCommand.Run(Git, arguments)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string[] Files() => [.. Directory.EnumerateFiles(Copy, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Copy, f))
        .Where(f => !f.StartsWith(".mr/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static JsonElement Json(ProgramResult result) => JsonDocument.Parse(result.Succeeds().Output).RootElement;
}
