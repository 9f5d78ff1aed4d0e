using System.Text;
using Monorepo.Cli.Tests.Commands;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Tests;

namespace Monorepo.Cli.Tests.Configuration;

/// <summary>Commands run in a clone, with configuration files of the test's own.</summary>
internal sealed class ConfiguredClone(ClonedHistory history) : IDisposable
{
    private readonly TempDirectory _directory = new();

    public string SystemFile => _directory.File("system/config.json");

    public string UserFile => _directory.File("user/config.json");

    public string CloneFile => Path.Combine(history.CloneDirectory, ".mr", "config.json");

    /// <summary>What the environment gives.</summary>
    public List<Setting> Given { get; } = [];

    public bool OutputIsTerminal { get; set; }

    /// <summary>Outside of the clone.</summary>
    public string Elsewhere => Directory.CreateDirectory(_directory.File("elsewhere")).FullName;

    public async Task<(int Code, string Text)> RunInAsync(string directory, params string[] arguments)
    {
        using MemoryStream output = new();
        Surroundings surroundings = new(_directory.File("cache"), _directory.File("ignore"), directory, ForceGrpc: true)
        {
            OpenOutput = () => new KeptOpen(output),
            OutputIsTerminal = OutputIsTerminal,
            Settings = new SettingSources(SystemFile, UserFile, Given),
            Pager = "cat",
        };
        int code = await CommandLine.RunAsync(surroundings, arguments, TestContext.Current.CancellationToken);
        return (code, Encoding.UTF8.GetString(output.ToArray()));
    }

    public Task<(int Code, string Text)> RunAsync(params string[] arguments) => RunInAsync(history.CloneDirectory, arguments);

    public async Task<string> SucceedsAsync(params string[] arguments)
    {
        (int code, string text) = await RunAsync(arguments);
        Assert.True(code == 0, $"mr {string.Join(' ', arguments)} ended with {code}: {text}");
        return text;
    }

    public void Dispose() => _directory.Dispose();

    private sealed class KeptOpen(MemoryStream to) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => to.Write(buffer);
    }
}
