using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Processes;

namespace Monorepo.EndToEnd.Tests.Failures;

/// <summary>What a user sees when a process that they depend on goes away.</summary>
[Collection(nameof(OddHistory))]
public sealed class LosingServices(OddHistory history) : IDisposable
{
    private const int UnavailableCode = 5;

    private readonly User _user = new();
    private readonly string _data = history.Scratch(Guid.NewGuid().ToString("n"));

    public void Dispose() => _user.Dispose();

    [Fact]
    public async Task Contents_come_while_memcached_is_gone()
    {
        Assert.SkipWhen(MemcachedServer.WhyUnavailable is not null, MemcachedServer.WhyUnavailable ?? "");
        await using MemcachedServer memcached = await MemcachedServer.StartAsync();
        await using MonorepoServer server = await ServeAsync("--memcached", $"{memcached.Host}:{memcached.Port}");
        Assert.Equal("1", server.Ready["memcached"]);
        string first = _user.PathTo("first");
        (await _user.RunAsync("clone", server.UrlOf(ServedHistory.Name), first)).Succeeds();

        await memcached.KillAsync();
        _user.DropCache();
        string second = _user.PathTo("second");
        (await _user.RunAsync("clone", server.UrlOf(ServedHistory.Name), second)).Succeeds();

        Assert.Equal(history.Git.Text("rev-parse", "HEAD^{tree}").Trim(), history.Git.TreeOf(second));
    }

    [Fact]
    public async Task Contents_come_over_grpc_when_the_offered_ucx_port_is_closed()
    {
        await using MonorepoServer server = await ServeAsync();
        Assert.SkipWhen(string.Equals(server.Ready["ucx"], "off", StringComparison.Ordinal), "The server offers no UCX here.");
        string copy = await CloneOnlyAsync(server);
        // The clone remembers the offer; after the restart nobody listens there.
        await server.KillAsync();
        await server.RestartAsync("--ucx", "off");

        ProgramResult checkout = (await _user.RunInAsync(copy, "checkout", "main", "--stats")).Succeeds();

        Assert.Equal("grpc", checkout.Stats.By);
        Assert.Equal(history.Git.Text("rev-parse", "HEAD^{tree}").Trim(), history.Git.TreeOf(copy));
    }

    [Fact]
    public async Task Contents_come_over_ucx_where_it_is_offered_and_over_grpc_when_told()
    {
        await using MonorepoServer server = await ServeAsync();
        Assert.SkipWhen(string.Equals(server.Ready["ucx"], "off", StringComparison.Ordinal), "The server offers no UCX here.");
        string copy = await CloneOnlyAsync(server);
        ProgramResult byUcx = (await _user.RunInAsync(copy, "checkout", "main", "--stats")).Succeeds();
        Assert.Contains("ucx", byUcx.Stats.By, StringComparison.Ordinal);

        using User careful = new();
        careful.UseGrpcOnly();
        ProgramResult byGrpc = (await careful.RunAsync("clone", server.UrlOf(ServedHistory.Name), careful.PathTo("copy"), "--stats")).Succeeds();
        Assert.Equal("grpc", byGrpc.Stats.By);
    }

    [Fact]
    public async Task Histories_of_paths_that_were_asked_for_are_there_without_the_server()
    {
        await using MonorepoServer server = await ServeAsync();
        string copy = _user.PathTo("copy");
        File.WriteAllText(_user.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
        (await _user.RunAsync("clone", server.UrlOf(ServedHistory.Name), copy)).Succeeds();
        string path = history.Git.Text("ls-tree", "-r", "--name-only", "HEAD").Split('\n').First(static n => n.Length > 0 && n.All(char.IsAsciiLetterOrDigit));
        string log = (await _user.RunInAsync(copy, "log", "--oneline", "--", path)).Succeeds().Text;
        string blame = (await _user.RunInAsync(copy, "blame", path)).Succeeds().Text;
        Assert.NotEmpty(log);

        await server.KillAsync();
        Assert.Equal(log, (await _user.RunInAsync(copy, "log", "--oneline", "--", path)).Succeeds().Text);
        Assert.Equal(blame, (await _user.RunInAsync(copy, "blame", path)).Succeeds().Text);
        Assert.Contains("is not here", (await _user.RunInAsync(copy, "log", "--", "other/path")).ExitsWith(UnavailableCode).Errors, StringComparison.Ordinal);

        await server.RestartAsync();
        string other = _user.PathTo("other");
        (await _user.RunAsync("clone", server.UrlOf(ServedHistory.Name), other)).Succeeds();
        File.WriteAllText(Path.Combine(other, path), "changed\n");
        (await _user.RunInAsync(other, "commit", "-m", "change", path)).Succeeds();
        (await _user.RunInAsync(other, "push")).Succeeds();
        (await _user.RunInAsync(copy, "pull")).Succeeds();
        (await _user.RunInAsync(copy, "checkout", "main")).Succeeds();
        await server.KillAsync();
        ProgramResult partial = (await _user.RunInAsync(copy, "log", "--oneline", "--", path)).ExitsWith(UnavailableCode);
        Assert.Contains("of the newest 1 commits", partial.Errors, StringComparison.Ordinal);
        Assert.Equal(log, partial.Text);
        Assert.Empty((await _user.RunInAsync(copy, "blame", path)).ExitsWith(UnavailableCode).Text);

        await server.RestartAsync();
        Assert.EndsWith(log, (await _user.RunInAsync(copy, "log", "--oneline", "--", path)).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkout_without_its_server_says_so_and_works_when_the_server_is_back()
    {
        await using MonorepoServer server = await ServeAsync();
        string copy = await CloneOnlyAsync(server);
        await server.KillAsync();

        ProgramResult failed = (await _user.RunInAsync(copy, "checkout", "main")).ExitsWith(UnavailableCode);
        Assert.Contains(server.Address.Authority, failed.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", failed.Errors, StringComparison.Ordinal);

        await server.RestartAsync();
        (await _user.RunInAsync(copy, "checkout", "main")).Succeeds();
        Assert.Equal(history.Git.Text("rev-parse", "HEAD^{tree}").Trim(), history.Git.TreeOf(copy));
    }

    [Fact]
    public async Task What_was_fetched_is_read_without_a_server()
    {
        await using MonorepoServer server = await ServeAsync();
        string copy = await CloneOnlyAsync(server);
        (await _user.RunInAsync(copy, "prefetch", "main")).Succeeds();
        await server.KillAsync();

        (await _user.RunInAsync(copy, "checkout", "main")).Succeeds();
        Assert.Equal(history.Git.Bytes("cat-file", "blob", "HEAD:large.txt"), (await _user.RunInAsync(copy, "cat", "main:large.txt")).Succeeds().Output);
        Assert.Equal(history.Git.Bytes("ls-tree", "-r", "HEAD"), (await _user.RunInAsync(copy, "ls-tree", "-r", "main")).Succeeds().Output);
        Assert.Empty((await _user.RunInAsync(copy, "status", "--porcelain")).Succeeds().Output);
        await File.AppendAllTextAsync(Path.Combine(copy, "large.txt"), "edited\n");
        Assert.Contains("+edited", (await _user.RunInAsync(copy, "diff")).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_that_was_killed_goes_on_when_it_is_run_again()
    {
        await using MonorepoServer server = await ServeAsync();
        // Enough for the first answers and not for the history.
        await using StallingProxy proxy = new(server.Address, allowedBytes: 2_000);
        string url = $"http://127.0.0.1:{proxy.Port}/{ServedHistory.Name}";
        string copy = _user.PathTo("copy");
        using (ProgramRun run = _user.StartIn(_user.Folder, "clone", url, copy))
        {
            Assert.Equal(proxy.Stalled, await Task.WhenAny(proxy.Stalled, run.Exited));
            await run.KillAsync();
        }

        proxy.Release();
        (await _user.RunAsync("clone", url, copy)).Succeeds();
        Assert.Equal(history.Git.Text("rev-parse", "HEAD^{tree}").Trim(), history.Git.TreeOf(copy));
    }

    [Fact]
    public async Task A_checkout_that_was_killed_goes_on_when_it_is_run_again()
    {
        await using MonorepoServer server = await ServeAsync();
        // More than the history and less than the contents.
        await using StallingProxy proxy = new(server.Address, allowedBytes: 100_000);
        _user.UseGrpcOnly();
        string url = $"http://127.0.0.1:{proxy.Port}/{ServedHistory.Name}";
        string copy = _user.PathTo("copy");
        using (ProgramRun run = _user.StartIn(_user.Folder, "clone", url, copy))
        {
            Assert.Equal(proxy.Stalled, await Task.WhenAny(proxy.Stalled, run.Exited));
            await run.KillAsync();
        }

        proxy.Release();
        // The history is complete by now or not; either way one of these two is what the user is told to run.
        ProgramResult checkout = await _user.RunInAsync(copy, "checkout", "main");
        if (checkout.ExitCode != 0)
            (await _user.RunAsync("clone", url, copy)).Succeeds();
        Assert.Equal(history.Git.Text("rev-parse", "HEAD^{tree}").Trim(), history.Git.TreeOf(copy));
        Assert.Empty((await _user.RunInAsync(copy, "status", "--porcelain")).Succeeds().Output);
    }

    private async Task<MonorepoServer> ServeAsync(params string[] arguments)
    {
        await ServedHistory.ImportAsync(history.Git, _data);
        return await MonorepoServer.StartAsync(_data, arguments);
    }

    private async Task<string> CloneOnlyAsync(MonorepoServer server)
    {
        string copy = _user.PathTo("copy");
        (await _user.RunAsync("clone", server.UrlOf(ServedHistory.Name), copy, "--no-checkout")).Succeeds();
        return copy;
    }
}
