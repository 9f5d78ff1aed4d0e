using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Processes;

namespace Monorepo.EndToEnd.Tests.Operating;

/// <summary>A server, a memcached and an operator, all real processes.</summary>
[Collection(nameof(OddHistory))]
public sealed class OperatingCaches(OddHistory history) : IAsyncLifetime
{
    private const int ConflictCode = 4;
    private const int UnavailableCode = 5;
    private const int CorruptCode = 7;
    private const int CommitsReadMax = 4;

    private const string Name = ServedHistory.Name;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly User _user = new();
    private readonly string _data = history.Scratch(Guid.NewGuid().ToString("n"));
    private MemcachedServer _memcached = null!;
    private MonorepoServer _server = null!;
    private Operator _operator = null!;

    private string Nodes => $"{_memcached.Host}:{_memcached.Port}";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(MemcachedServer.WhyUnavailable is not null, MemcachedServer.WhyUnavailable ?? "");
        _memcached = await MemcachedServer.StartAsync();
        await ServedHistory.ImportAsync(history.Git, _data);
        _server = await MonorepoServer.StartAsync(_data, "--memcached", Nodes);
        _operator = new Operator(_server, _user.Folder);
    }

    public async ValueTask DisposeAsync()
    {
        _user.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_memcached is not null)
            await _memcached.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_reads_the_store_for_a_version_that_was_warmed()
    {
        JsonElement plan = (await _operator.AskAsync("warm", "--repo", Name, "--dry-run")).GetProperty("plan");
        JsonElement result = (await _operator.AskAsync("warm", "--repo", Name, "--ref", "main")).GetProperty("result");
        Assert.Equal(plan.GetProperty("objects").GetInt64(), result.GetProperty("stored").GetInt64());
        Assert.Equal(ObjectsOf("main").Count, result.GetProperty("stored").GetInt64());

        await CloneAsync("copy");
        await OnlyCommitsCameFromTheStoreAsync();

        // The root tree is asked for twice.
        Assert.InRange((await _operator.TierAsync("memcached")).GetProperty("hitBytes").GetInt64(), result.GetProperty("bytes").GetInt64(), long.MaxValue);
    }

    [Fact]
    public async Task A_version_warmed_into_the_servers_own_memory_needs_no_memcached()
    {
        (await _operator.RunAsync("warm", "--repo", Name, "--hot")).Succeeds();
        await CloneAsync("copy");
        await OnlyCommitsCameFromTheStoreAsync();
        Assert.InRange((await _operator.TierAsync("hot-set")).GetProperty("hits").GetInt64(), ObjectsOf("main").Count, long.MaxValue);
        Assert.Equal(0, (await _operator.TierAsync("memcached")).GetProperty("hits").GetInt64());
    }

    [Fact]
    public async Task Paths_and_depth_choose_what_git_says()
    {
        JsonElement some = (await _operator.AskAsync("warm", "--repo", Name, "--path", "src/3/**", "--path", "*.sh")).GetProperty("result");
        string[] wanted = [.. Lines("ls-tree", "-r", "main", "src/3", "tool.sh").Concat(Lines("ls-tree", "-r", "-d", "main")).Select(IdOf).Append(Lines("rev-parse", "main^{tree}")[0]).Distinct()];
        Assert.Equal(wanted.Length, some.GetProperty("stored").GetInt64());

        JsonElement all = (await _operator.AskAsync("warm", "--repo", Name, "--ref", "main", "--depth", "1000")).GetProperty("result");
        HashSet<string> made = [.. Lines("rev-list", "--objects", "main").Select(l => l.Split(' ')[0])];
        made.ExceptWith(Lines("rev-list", "main"));
        Assert.Equal(made.Count, all.GetProperty("stored").GetInt64() + wanted.Length);
    }

    [Fact]
    public async Task A_warm_runs_alone_ends_with_its_caller_and_goes_on_in_the_next()
    {
        using ProgramRun slow = _operator.Start("warm", "--repo", Name, "--rate", "20KiB/s");
        await UntilAsync(async () => (await _operator.AskAsync("stats")).GetProperty("warms").EnumerateArray().Any(w => w.GetProperty("objects").GetInt64() > 0));

        ProgramResult second = (await _operator.RunAsync("warm", "--repo", Name)).ExitsWith(ConflictCode);
        Assert.Contains("is being warmed already", second.Errors, StringComparison.Ordinal);

        await slow.KillAsync();
        ProgramResult next = second;
        await UntilAsync(async () => (next = await _operator.RunAsync("warm", "--repo", Name, "--json")).ExitCode != ConflictCode);
        JsonElement result = Operator.Parse(next.Succeeds()).GetProperty("result");
        Assert.True(result.GetProperty("skipped").GetInt64() > 0);
        Assert.Equal(ObjectsOf("main").Count, result.GetProperty("skipped").GetInt64() + result.GetProperty("stored").GetInt64());
        Assert.Equal(0, (await _operator.AskAsync("warm", "--repo", Name)).GetProperty("result").GetProperty("stored").GetInt64());
    }

    [Fact]
    public async Task A_killed_server_ends_a_warm_with_a_message_and_the_next_goes_on()
    {
        using ProgramRun slow = _operator.Start("warm", "--repo", Name, "--rate", "20KiB/s");
        await UntilAsync(async () => (await _operator.AskAsync("stats")).GetProperty("warms").EnumerateArray().Any(w => w.GetProperty("objects").GetInt64() > 0));
        await _server.KillAsync();
        Assert.Contains("can't be reached", (await slow.FinishAsync()).ExitsWith(UnavailableCode).Errors, StringComparison.Ordinal);

        await _server.RestartAsync("--memcached", Nodes);
        Assert.True((await _operator.AskAsync("warm", "--repo", Name)).GetProperty("result").GetProperty("skipped").GetInt64() > 0);
    }

    [Fact]
    public async Task What_was_read_is_recorded_over_kill_9_and_warms_the_cache_again()
    {
        Assert.True((await _operator.AskAsync("access-log", "on")).GetProperty("on").GetBoolean());
        await CloneAsync("first");
        HashSet<string> objects = ObjectsOf("main");
        long recorded = (await _operator.AskAsync("access-log", "status")).GetProperty("recorded").GetInt64();
        Assert.InRange(recorded, objects.Count, long.MaxValue);
        await _server.KillAsync();
        await File.AppendAllTextAsync(Directory.GetFiles(Path.Combine(_data, "access-log"), "*.log").Single(), "half a block");
        await _server.RestartAsync("--memcached", Nodes);
        Assert.True((await _operator.AskAsync("access-log", "status")).GetProperty("on").GetBoolean());

        string export = _user.PathTo("reads.jsonl");
        Assert.Equal(recorded, (await _operator.AskAsync("access-log", "export", export)).GetProperty("reads").GetInt64());
        HashSet<string> read = [.. (await File.ReadAllLinesAsync(export)).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("id").GetString()!)];
        read.ExceptWith(Lines("rev-list", "main"));
        Assert.Equal(objects.Order(), read.Order());

        (await _operator.RunAsync("cache", "flush", "--repo", Name, "--yes")).Succeeds();
        JsonElement half = await _operator.AskAsync("warm", "--repo", Name, "--from-log", "recent", "--target-hit-rate", "50%");
        Assert.InRange(half.GetProperty("plan").GetProperty("hitRate").GetDouble(), 0.5, 0.6);
        long stored = half.GetProperty("result").GetProperty("stored").GetInt64();
        Assert.InRange(stored, 1, objects.Count - 1);

        JsonElement all = (await _operator.AskAsync("warm", "--repo", Name, "--from-log", export, "--target-hit-rate", "100%")).GetProperty("result");
        Assert.Equal(objects.Count, all.GetProperty("stored").GetInt64() + stored);
        await CloneAsync("second");
        await OnlyCommitsCameFromTheStoreAsync();
    }

    [Fact]
    public async Task A_wrong_value_in_memcached_is_told_and_flushed()
    {
        (await _operator.RunAsync("warm", "--repo", Name)).Succeeds();
        string id = history.Git.Text("rev-parse", "main:tool.sh").Trim();
        JsonElement copies = (await _operator.AskAsync("cache", "inspect", id)).GetProperty("repositories")[0].GetProperty("copies");
        Assert.Equal(["hot-set", "memcached", "store"], copies.EnumerateArray().Select(c => c.GetProperty("tier").GetString()));
        Assert.Equal([false, true, true], copies.EnumerateArray().Select(c => c.GetProperty("verified").GetBoolean()));

        await PoisonAsync();
        ProgramResult damaged = (await _operator.RunAsync("cache", "inspect", id, "--repo", Name, "--json")).ExitsWith(CorruptCode);
        copies = Operator.Parse(damaged).GetProperty("repositories")[0].GetProperty("copies");
        Assert.Equal([false, false, true], copies.EnumerateArray().Select(c => c.GetProperty("verified").GetBoolean()));

        JsonElement flushed = (await _operator.AskAsync("cache", "flush", id, "--repo", Name)).GetProperty("objects")[0];
        Assert.Equal((true, true, Nodes), (flushed.GetProperty("wasPresent").GetBoolean(), flushed.GetProperty("isGone").GetBoolean(), flushed.GetProperty("node").GetString()));
        copies = (await _operator.AskAsync("cache", "inspect", id)).GetProperty("repositories")[0].GetProperty("copies");
        Assert.Equal([false, false, true], copies.EnumerateArray().Select(c => c.GetProperty("present").GetBoolean()));
    }

    [Fact]
    public async Task Statistics_are_shown_again_and_again_until_an_interrupt()
    {
        await CloneAsync("copy");
        string table = (await _operator.RunAsync("stats")).Succeeds().Text;
        foreach (string part in (string[])["contents ", "memcached ", "store ", "block-cache", "HistoryService/ReadHistory", Nodes, "access log off"])
            Assert.Contains(part, table, StringComparison.Ordinal);

        using ProgramRun watch = _operator.Start("stats", "--watch", "0.1", "--json");
        await UntilAsync(async () => Calls(await _operator.AskAsync("stats"), "OperationsService/GetStatistics") > 20);
        ProgramResult stopped = await watch.InterruptAsync();
        stopped.ExitsWith(130);
        JsonElement[] shown = [.. stopped.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.True(shown.Length > 1);
        Assert.All(shown.Skip(1), s => Assert.True(s.GetProperty("intervalMs").GetInt64() < s.GetProperty("uptimeMs").GetInt64()));
    }

    private static long Calls(JsonElement statistics, string method) => statistics.GetProperty("methods").EnumerateArray()
        .Where(m => m.GetProperty("name").GetString() == method).Sum(m => m.GetProperty("calls").GetInt64());

    /// <summary>Blobs and trees.</summary>
    private HashSet<string> ObjectsOf(string version) =>
        [.. Lines("ls-tree", "-r", "-t", version).Select(IdOf), .. Lines("rev-parse", $"{version}^{{tree}}")];

    private string[] Lines(params string[] arguments) => history.Git.Text(arguments).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string IdOf(string entry) => entry.Split([' ', '\t'])[2];

    /// <summary>Commits are cached nowhere but in clones.</summary>
    private async Task OnlyCommitsCameFromTheStoreAsync() =>
        Assert.InRange((await _operator.TierAsync("store")).GetProperty("hits").GetInt64(), 0, CommitsReadMax);

    private async Task CloneAsync(string name)
    {
        _user.DropCache();
        (await _user.RunAsync("clone", _server.UrlOf(Name), _user.PathTo(name))).Succeeds();
        Assert.Equal(history.Git.Text("rev-parse", "HEAD^{tree}").Trim(), history.Git.TreeOf(_user.PathTo(name)));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(s_patience);
        while (!await condition())
            deadline.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Puts garbage in the place of every value.</summary>
    private async Task PoisonAsync()
    {
        using TcpClient connection = new(_memcached.Host, _memcached.Port);
        NetworkStream stream = connection.GetStream();
        using StreamReader reader = new(stream);
        await stream.WriteAsync("lru_crawler metadump all\r\n"u8.ToArray());
        List<string> keys = [];
        while (await reader.ReadLineAsync() is { } line && line != "END")
        {
            byte[] key = Encoding.ASCII.GetBytes(line.Split(' ')[0]["key=".Length..]);
            keys.Add(Convert.ToBase64String(WebUtility.UrlDecodeToBytes(key, 0, key.Length)!));
        }

        Assert.NotEmpty(keys);
        foreach (string key in keys)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ms {key} 7 b\r\ngarbage\r\n")));
            Assert.Equal("HD", await reader.ReadLineAsync());
        }
    }
}
