using System.Diagnostics;
using System.Globalization;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>A monorepod process on loopback, killed on disposal. Not thread-safe. Waits have a deadline of <see cref="s_deadline"/>.</summary>
internal sealed class MonorepoServer : IAsyncDisposable
{
    private const string ReadyWord = "ready ";
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly string _data;
    private readonly List<string> _said = [];
    private Process? _process;

    private MonorepoServer(string data) => _data = data;

    /// <summary>Where gRPC is served; the same after a restart.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>What the ready line says, by key.</summary>
    public IReadOnlyDictionary<string, string> Ready { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public string UrlOf(string repository) => $"{Address.GetLeftPart(UriPartial.Authority)}/{repository}";

    /// <summary>Serves the repositories under a folder on free ports.</summary>
    public static async Task<MonorepoServer> StartAsync(string data, params string[] arguments)
    {
        MonorepoServer server = new(data);
        try
        {
            await server.LaunchAsync("127.0.0.1:0", arguments);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(s_deadline);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on the same gRPC address; it must have been killed.</summary>
    public Task RestartAsync(params string[] arguments) => LaunchAsync(Address.Authority, arguments);

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task LaunchAsync(string listen, string[] arguments)
    {
        ProcessStartInfo start = new(Programs.Server, ["--data", _data, "--listen", listen, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        TaskCompletionSource<string> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.StartsWith(ReadyWord, StringComparison.Ordinal) == true)
                ready.TrySetResult(e.Data);
            else
                Note(e.Data);
        };
        _process.ErrorDataReceived += (_, e) => Note(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        Task first = await Task.WhenAny(ready.Task, _process.WaitForExitAsync()).WaitAsync(s_deadline);
        if (first != ready.Task)
            throw new InvalidOperationException($"monorepod ended with {_process.ExitCode.ToString(CultureInfo.InvariantCulture)} before it was ready: {Said()}");
        Ready = (await ready.Task)[ReadyWord.Length..].Split(' ').Select(pair => pair.Split('=', 2)).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
        Address = new Uri(Ready["grpc"]);
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (_said)
        {
            _said.Add(line);
        }
    }

    private string Said()
    {
        lock (_said)
        {
            return string.Join('\n', _said.TakeLast(30));
        }
    }
}
