using System.Text;
using System.Text.Json;
using Monorepo.Cli.Identities;
using Monorepo.Workspace.Tests;
using Monorepo.Workspace.Tests.Remote;

namespace Monorepo.Cli.Tests.Commands.Operations;

/// <summary>A server, a clone that <c>mr clone</c> made, and commands in it; a test's own.</summary>
internal sealed class WorkedClone : IAsyncDisposable
{
    private static readonly RoleVariables s_someone = new("A U Thor", "author@example.com", "1700000000 +0100");

    private readonly TempDirectory _directory = new();
    private readonly GitRepository _git = new(seed: 4, commits: 12);
    private KestrelServer _server = null!;

    public string Top => _directory.File("clone");

    public static async Task<WorkedClone> StartAsync()
    {
        WorkedClone clone = new();
        clone._server = await KestrelServer.StartAsync(clone._git);
        await clone.RunInAsync(clone._directory.Path, 0, "clone", clone._server.Url.ToString(), clone.Top);
        return clone;
    }

    /// <summary>Runs mr in the clone and gives what it prints; fails unless it ends with a code.</summary>
    public Task<string> RunAsync(int code, params string[] arguments) => RunInAsync(Top, code, arguments);

    public Task<string> RunAsync(params string[] arguments) => RunInAsync(Top, 0, arguments);

    /// <summary>The last operation.</summary>
    public async Task<JsonElement> LastOperationAsync() => JsonDocument.Parse(await RunAsync("op", "log", "-n", "1", "--json")).RootElement;

    public async Task<string> HeadAsync() => (await RunAsync("rev-parse", "HEAD")).Trim();

    public Task<string> StatusAsync() => RunAsync("status", "--porcelain");

    public void Write(string path, string text)
    {
        string full = Path.Combine(Top, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Top, path));

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _git.Dispose();
        _directory.Dispose();
    }

    private async Task<string> RunInAsync(string directory, int expected, params string[] arguments)
    {
        using MemoryStream output = new();
        Surroundings surroundings = new(_directory.File("cache"), _directory.File("ignore"), directory, ForceGrpc: true)
        {
            OpenOutput = () => output,
            Identity = new IdentityVariables(s_someone, s_someone, null, []),
        };
        int code = await CommandLine.RunAsync(surroundings, arguments, TestContext.Current.CancellationToken);
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.True(code == expected, $"mr {string.Join(' ', arguments)} ended with {code}, not {expected}: {text}");
        return text;
    }
}
