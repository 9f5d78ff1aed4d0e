using System.Net;
using Microsoft.Extensions.Logging;
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
    }

    [Fact]
    public async Task The_command_line_wins_over_the_file_and_the_file_over_the_defaults()
    {
        using DataDirectory directory = new();
        string config = directory.File("server.json", """
            {
              // Comments and trailing commas are fine.
              "data": "/from/file", "listen": "10.0.0.5:1", "http": "off", "memcached": ["a:1", "b"],
              "ucx": "10.0.0.5:2", "memory": "1G", "logLevel": "warn", "logFormat": "json",
            }
            """);
        ServerOptions options = await ParseAsync("--config", config, "--listen", "[::1]:3", "--memory", "64M");
        Assert.Equal(("/from/file", new IPEndPoint(IPAddress.IPv6Loopback, 3), 64L << 20), (options.DataDirectory, options.Listen, options.MemoryBytes));
        Assert.Null(options.Http);
        Assert.Equal(["a:1", "b:11211"], options.Memcached.Select(n => n.ToString()));
        Assert.Equal((UcxMode.On, "10.0.0.5:2"), (options.UcxMode, options.UcxAddress!.ToString()));
        Assert.Equal((LogLevel.Warning, LogFormat.Json), (options.LogLevel, options.LogFormat));
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
    [InlineData("--log-level", "loud")]
    [InlineData("--log-format", "xml")]
    [InlineData("--data", "")]
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
    public async Task Help_names_every_option_and_exit_code()
    {
        StringWriter output = new();
        ServerCommand command = new(_ => throw new InvalidOperationException("help does not serve"));
        Assert.Equal(0, await command.InvokeAsync(["--help"], output));
        string help = output.ToString();
        string[] expected = ["--config", "--data", "--listen", "--http", "--memcached", "--ucx", "--memory", "--log-level", "--log-format", "--version", "Examples:"];
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
