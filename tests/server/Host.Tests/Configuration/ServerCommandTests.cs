using System.Net;
using Microsoft.Extensions.Logging;
using Monorepo.Blobs.Ucx;
using Monorepo.Core;
using Monorepo.History.Push.Policy;
using Monorepo.History.RefLog;
using Monorepo.Host.Configuration;
using Monorepo.Host.Tests.Serving;

namespace Monorepo.Host.Tests.Configuration;

public sealed class ServerCommandTests
{
    [Fact]
    public async Task Without_arguments_the_defaults_hold()
    {
        ServerOptions options = await ParseAsync();
        Assert.Equal(("monorepo-data", "127.0.0.1:8940", "127.0.0.1:0"), (options.DataDirectory, options.Listen.ToString(), options.Http!.ToString()));
        Assert.Equal((UcxMode.Auto, LogLevel.Information, LogFormat.Text), (options.UcxMode, options.LogLevel, options.LogFormat));
        Assert.Empty(options.Memcached);
        Assert.Null(options.Otlp);
        Assert.Equal(TimeSpan.FromMinutes(10), options.FoldEvery);
    }

    [Fact]
    public async Task The_command_line_wins_over_the_file_and_the_file_over_the_defaults()
    {
        using DataDirectory directory = new();
        string config = directory.File("server.json", """
            {
              // Comments and trailing commas are fine.
              "data": "/from/file", "listen": "10.0.0.5:1", "http": "off", "memcached": ["a:1", "b"],
              "ucx": "10.0.0.5:2", "memory": "1G", "foldEvery": "off", "otlp": "http://collector:4317", "logLevel": "warn", "logFormat": "json",
            }
            """);
        ServerOptions options = await ParseAsync("--config", config, "--listen", "[::1]:3", "--memory", "64M");
        Assert.Equal(("/from/file", new IPEndPoint(IPAddress.IPv6Loopback, 3), 64L << 20), (options.DataDirectory, options.Listen, options.MemoryBytes));
        Assert.Null(options.Http);
        Assert.Null(options.FoldEvery);
        Assert.Equal(new Uri("http://collector:4317"), options.Otlp);
        Assert.Equal(["a:1", "b:11211"], options.Memcached.Select(n => n.ToString()));
        Assert.Equal((UcxMode.On, "10.0.0.5:2"), (options.UcxMode, options.UcxAddress!.ToString()));
        Assert.Equal((LogLevel.Warning, LogFormat.Json), (options.LogLevel, options.LogFormat));
    }

    [Fact]
    public async Task An_edge_has_an_origin_and_no_data()
    {
        ServerOptions options = await ParseAsync("--role", "blobs", "--origin", "http://10.0.0.5:8940", "--verify-cache", "on", "--memcached-tls", "system");
        Assert.Equal((ServerRole.Blobs, new Uri("http://10.0.0.5:8940"), true), (options.Role, options.Origin, options.VerifiesCache));
        Assert.NotNull(options.MemcachedTls);
        using DataDirectory directory = new();
        string config = directory.File("server.json", """
            { "role": "history", "edges": ["http://a:1", "http://[::1]:2"], "verifyCache": true, "memcachedTls": "off" }
            """);
        ServerOptions history = await ParseAsync("--config", config, "--verify-cache", "off");
        Assert.Equal((ServerRole.History, false), (history.Role, history.VerifiesCache));
        Assert.Equal(["http://a:1/", "http://[::1]:2/"], history.Edges.Select(e => e.ToString()));
        Assert.Null(history.MemcachedTls);
        string[] edge = ["--role", "blobs", "--origin", "http://10.0.0.5:8940"];
        StartupException e = await Assert.ThrowsAsync<StartupException>(() => ParseAsync([.. edge, "--edges", "http://a:1"]));
        Assert.StartsWith("--edges 'http://a:1': ", e.Message, StringComparison.Ordinal);
        Assert.False((await ParseAsync(edge)).HasAccessLog);
        Assert.True((await ParseAsync([.. edge, "--data", "x"])).HasAccessLog);
    }

    [Fact]
    public async Task Rules_for_repositories_come_from_the_file_and_their_own_keys_win()
    {
        using DataDirectory directory = new();
        string config = directory.File("server.json", """
            {
              "push": { "maxFileBytes": "300M", "forbiddenPaths": ["*.exe"], "messagePattern": "^X", "caseCollisions": false,
                        "refs": [{ "pattern": "refs/heads/main", "rebase": true, "protected": true }, { "pattern": "refs/heads/**", "directPush": false }] },
              "refLog": { "maxAgeDays": 3 },
              "repositories": { "demo": { "push": { "maxFileBytes": "5K", "maxPathBytes": 9, "refs": [] }, "refLog": { "maxUpdates": 7 } } },
            }
            """);
        RepositoryRules rules = (await ParseAsync("--config", config)).Rules;
        RepositoryName demo = RepositoryName.Parse("demo");
        RepositoryName other = RepositoryName.Parse("other");
        Assert.Equal((5 << 10, 9, true), (rules.PushesTo(demo).FileBytesMax!.Value, rules.PushesTo(demo).PathBytesMax!.Value, rules.PushesTo(demo).RefusesCaseCollisions));
        Assert.Equal((300 << 20, null, "^X"), (rules.PushesTo(other).FileBytesMax!.Value, rules.PushesTo(other).PathBytesMax, rules.PushesTo(other).MessagePattern!.ToString()));
        Assert.Equal(300 << 20, rules.Limits.ObjectBytesMax);
        RefRule main = rules.PushesTo(other).RuleFor(RefName.Parse("refs/heads/main"));
        Assert.Equal((true, true, false), (main.Rebase, main.IsProtected, main.RefusesPushes));
        Assert.True(rules.PushesTo(other).RuleFor(RefName.Parse("refs/heads/a/b")).RefusesPushes);
        Assert.False(rules.PushesTo(demo).RuleFor(RefName.Parse("refs/heads/main")).Rebase);
        Assert.Equal((new RefLogRetention(7, TimeSpan.FromDays(3)), new RefLogRetention(1_000_000, TimeSpan.FromDays(3))), (rules.RefLogOf(demo), rules.RefLogOf(other)));
    }

    [Theory]
    [InlineData("""{ "push": { "maxFileBytes": "1T" } }""", "push.maxFileBytes")]
    [InlineData("""{ "push": { "maxFileBytes": "2G" } }""", "push.maxFileBytes")]
    [InlineData("""{ "push": { "maxPathBytes": 0 } }""", "push.maxPathBytes")]
    [InlineData("""{ "push": { "forbiddenPaths": ["a", ""] } }""", "push.forbiddenPaths[1]")]
    [InlineData("""{ "push": { "messagePattern": "(" } }""", "push.messagePattern")]
    [InlineData("""{ "push": { "refs": [{ "rebase": true }] } }""", "push.refs[0].pattern")]
    [InlineData("""{ "push": { "refs": [{ "pattern": "x", "rebse": true }] } }""", "rebse")]
    [InlineData("""{ "push": { "refs": 7 } }""", "push.refs")]
    [InlineData("""{ "push": { "maxSize": 7 } }""", "maxSize")]
    [InlineData("""{ "ucxSettings": { "threads": 0 } }""", "ucxSettings.threads")]
    [InlineData("""{ "ucxSettings": { "pieceSize": 1 } }""", "ucxSettings.pieceSize")]
    [InlineData("""{ "ucxSettings": { "device": "eth0" } }""", "device")]
    [InlineData("""{ "refLog": { "maxUpdates": 0 } }""", "refLog.maxUpdates")]
    [InlineData("""{ "refLog": { "maxAgeDays": -1 } }""", "refLog.maxAgeDays")]
    [InlineData("""{ "repositories": { "..": { } } }""", "repositories...")]
    [InlineData("""{ "repositories": { "demo": { "push": { "maxPathBytes": -1 } } } }""", "repositories.demo.push.maxPathBytes")]
    public async Task A_bad_rule_is_named_with_its_key(string json, string key)
    {
        using DataDirectory directory = new();
        StartupException e = await Assert.ThrowsAsync<StartupException>(() => ParseAsync("--config", directory.File("server.json", json)));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.StartsWith("server.json", e.Message, StringComparison.Ordinal);
        Assert.Contains(key, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "127.0.0.1")]
    [InlineData("--listen", "8940")]
    [InlineData("--listen", "::1")]
    [InlineData("--listen", "localhost:8940")]
    [InlineData("--http", "on")]
    [InlineData("--memcached", "a:b:c")]
    [InlineData("--memcached", "a,a:11211")]
    [InlineData("--ucx", "on")]
    [InlineData("--memory", "31M")]
    [InlineData("--memory", "1T")]
    [InlineData("--memory", "9999999999999G")]
    [InlineData("--memory", "-1")]
    [InlineData("--memory", "64MM")]
    [InlineData("--hot-set", "31M")]
    [InlineData("--hot-set", "on")]
    [InlineData("--fold-every", "0")]
    [InlineData("--fold-every", "10m")]
    [InlineData("--otlp", "collector:4317")]
    [InlineData("--log-level", "loud")]
    [InlineData("--log-format", "xml")]
    [InlineData("--data", "")]
    [InlineData("--role", "edge")]
    [InlineData("--role", "blobs")]
    [InlineData("--origin", "http://10.0.0.5:8940")]
    [InlineData("--edges", "http://10.0.0.5:8940,ftp://x")]
    [InlineData("--edges", "http://10.0.0.5:8940/name")]
    [InlineData("--memcached-tls", "/does/not/exist.pem")]
    [InlineData("--verify-cache", "yes")]
    [InlineData("--lease-time", "0")]
    [InlineData("--lease-time", "61")]
    [InlineData("--lease-time", "1s")]
    public async Task A_bad_value_is_named_with_its_option(string option, string value)
    {
        StartupException e = await Assert.ThrowsAsync<StartupException>(() => ParseAsync(option, value));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.StartsWith($"{option} '{value}': ", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "listne": "127.0.0.1:1" }""", "'listne'")]
    [InlineData("""{ "Listen": "127.0.0.1:1" }""", "'Listen'")]
    [InlineData("""{ "data": "a", "data": "b" }""", "'data' stands twice")]
    [InlineData("""{ "listen": 8940 }""", "listen")]
    [InlineData("""{ "memcached": "a:1" }""", "memcached")]
    [InlineData("""{ "listen": "x" }""", "bad.json: listen 'x'")]
    [InlineData("""[]""", "object is expected")]
    [InlineData("""{ "data": """, "bad.json")]
    public async Task A_bad_config_file_is_named_with_its_key(string json, string expected)
    {
        using DataDirectory directory = new();
        StartupException e = await Assert.ThrowsAsync<StartupException>(() => ParseAsync("--config", directory.File("bad.json", json)));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_config_file_and_unknown_arguments_are_usage_errors()
    {
        Assert.Equal(ExitCode.Usage, (await Assert.ThrowsAsync<StartupException>(() => ParseAsync("--config", "/does/not/exist.json"))).ExitCode);
        Assert.Contains("--help", (await Assert.ThrowsAsync<StartupException>(() => ParseAsync("--verbose"))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StartupException>(() => ParseAsync("extra"));
        await Assert.ThrowsAsync<StartupException>(() => ParseAsync("--listen"));
    }

    [Fact]
    public async Task The_hot_set_takes_an_eighth_of_the_memory_unless_told()
    {
        Assert.Equal(64L << 20, ServerOptions.DefaultHotSetBytes(100L << 20));
        Assert.Equal(2L << 30, ServerOptions.DefaultHotSetBytes(16L << 30));
        Assert.Equal(8L << 30, ServerOptions.DefaultHotSetBytes(1L << 40));
        Assert.Equal(0, (await ParseAsync("--hot-set", "off")).HotSetBytes);
        Assert.Equal(512L << 20, (await ParseAsync("--hot-set", "512M")).HotSetBytes);
    }

    [Fact]
    public async Task What_the_config_file_says_of_UCX_wins_over_what_the_address_suggests()
    {
        using DataDirectory directory = new();
        string file = directory.File("server.json", """{ "ucxSettings": { "threads": 3, "devices": ["mlx5_0:1", "mlx5_1:1"], "transports": ["rc", "tcp"], "rendezvousThreshold": 0, "sendWindow": 65536 } }""");
        UcxOptions ucx = (await ParseAsync("--config", file)).Ucx;
        UcxFabric fabric = ucx.Over(UcxFabric.LoopbackTcp);
        Assert.Equal(UcxFabric.LoopbackTcp with { NetDevices = "mlx5_0:1,mlx5_1:1", Transports = "rc,tcp", RendezvousThresholdBytes = 0, SendWindowBytes = 65536 }, fabric);
        Assert.Equal(3, ucx.Over(new UcxBlobServerSettings { TokenCheck = static _ => true }).Threads);
        Assert.Equal(UcxFabric.SameHost, new UcxOptions().Over(UcxFabric.SameHost));
    }

    [Fact]
    public async Task Help_names_every_option_and_exit_code()
    {
        StringWriter output = new();
        ServerCommand command = new(_ => throw new InvalidOperationException("help does not serve"));
        Assert.Equal(0, await command.InvokeAsync(["--help"], output));
        string help = output.ToString();
        string[] expected = ["--config", "--data", "--listen", "--http", "--memcached", "--ucx", "--memory", "--hot-set", "--log-level", "--log-format", "--version", "Examples:"];
        Assert.All(expected, e => Assert.Contains(e, help, StringComparison.Ordinal));
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Matches($@"\b{(int)code} [a-z]", help));
    }

    private static async Task<ServerOptions> ParseAsync(params string[] arguments)
    {
        ServerOptions? parsed = null;
        ServerCommand command = new(options =>
        {
            parsed = options;
            return Task.FromResult(0);
        });
        Assert.Equal(0, await command.InvokeAsync(arguments, TextWriter.Null));
        return parsed!;
    }
}
