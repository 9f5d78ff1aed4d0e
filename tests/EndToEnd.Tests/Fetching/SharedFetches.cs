using System.Text.Json;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Fetching;

/// <summary>Two commands of one user that need the same at once, and commands that may not fetch as much as they need.</summary>
public sealed class SharedFetches : IAsyncLifetime
{
    /// <summary>Enough for the trees and the first contents, not for all.</summary>
    private const long FirstBytes = 60_000;

    private readonly User _user = new();
    private PlainHistory _history = null!;

    public async ValueTask InitializeAsync()
    {
        _user.UseGrpcOnly();
        _history = await PlainHistory.CreateAsync(files: 5_000, commits: 3);
    }

    public async ValueTask DisposeAsync()
    {
        await _history.DisposeAsync();
        _user.Dispose();
    }

    [Fact]
    public async Task Two_checkouts_at_once_fetch_what_one_fetches()
    {
        await using StallingProxy proxy = new(_history.Server.Address, FirstBytes);
        string first = await _history.CloneOnlyAsync(_user, "first", Proxied(proxy));
        string second = await _history.CloneOnlyAsync(_user, "second");
        using ProgramRun slow = _user.StartIn(first, "checkout", "main", "--stats=json");
        Assert.Equal(proxy.Stalled, await Task.WhenAny(proxy.Stalled, slow.Exited));
        using ProgramRun other = _user.StartIn(second, "checkout", "main", "--stats=json");
        proxy.Release();

        // Which of them fetches what depends on who is first; all is fetched once.
        long fetched = Objects((await slow.FinishAsync()).Succeeds()) + Objects((await other.FinishAsync()).Succeeds());
        Assert.InRange(fetched, 5_000, 5_500);
        Assert.Equal(TreeOf(first), TreeOf(second));
    }

    [Fact]
    public async Task A_checkout_ends_right_when_the_one_that_it_waits_for_is_killed()
    {
        await using StallingProxy proxy = new(_history.Server.Address, FirstBytes);
        string first = await _history.CloneOnlyAsync(_user, "first", Proxied(proxy));
        string second = await _history.CloneOnlyAsync(_user, "second");
        using ProgramRun slow = _user.StartIn(first, "checkout", "main");
        Assert.Equal(proxy.Stalled, await Task.WhenAny(proxy.Stalled, slow.Exited));
        using ProgramRun other = _user.StartIn(second, "checkout", "main", "--stats=json");
        await slow.KillAsync();

        (await other.FinishAsync()).Succeeds();
        Assert.Equal(Expected(), TreeOf(second));
        proxy.Release();
        (await _user.RunInAsync(first, "checkout", "main")).Succeeds();
        Assert.Equal(Expected(), TreeOf(first));
    }

    [Fact]
    public async Task A_fetch_over_the_budget_is_refused_before_anything_changes()
    {
        string copy = await _history.CloneOnlyAsync(_user, "copy");
        ProgramResult refused = (await _user.RunInAsync(copy, "checkout", "main", "--max-fetch", "300k", "--stats=json")).ExitsWith(8);
        Assert.Contains("nothing was fetched", refused.Errors, StringComparison.Ordinal);
        Assert.Equal([".mr"], Directory.EnumerateFileSystemEntries(copy).Select(Path.GetFileName));
        (await _user.RunInAsync(copy, "prefetch", "HEAD", "--max-fetch", "150k")).ExitsWith(8);
        (await _user.RunInAsync(copy, "grep", "needle", "HEAD", "--max-fetch", "1")).ExitsWith(8);
        (await _user.RunInAsync(copy, "checkout", "main", "--max-fetch", "lots")).ExitsWith(2);
        (await _user.RunInAsync(copy, "checkout", "main", "--max-fetch", "100M")).Succeeds();
        Assert.Equal(Expected(), TreeOf(copy));

        // All is here: the smallest budget is enough.
        (await _user.RunInAsync(copy, "grep", "-q", "needle", "HEAD", "--max-fetch", "0")).Succeeds();
    }

    private static long Objects(ProgramResult result)
    {
        using JsonDocument ledger = JsonDocument.Parse(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        return ledger.RootElement.GetProperty("objects").GetInt64();
    }

    private static string TreeOf(string copy)
    {
        string git = copy + ".git";
        GitCommand.Run(copy, "init", "-q", "--bare", git);
        GitCommand.Run(copy, $"--git-dir={git}", $"--work-tree={copy}", "add", "-A", "--", ":!.mr");
        return System.Text.Encoding.ASCII.GetString(GitCommand.Run(copy, $"--git-dir={git}", "write-tree")).Trim();
    }

    private string Expected() => System.Text.Encoding.ASCII.GetString(GitCommand.Run(_history.Git, "rev-parse", "main^{tree}")).Trim();

    private string Proxied(StallingProxy proxy) => _history.Url.Replace(_history.Server.Address.Authority, $"127.0.0.1:{proxy.Port}", StringComparison.Ordinal);
}
