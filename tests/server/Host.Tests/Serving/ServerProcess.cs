using System.Collections.Concurrent;
using System.Diagnostics;

namespace Monorepo.Host.Tests.Serving;

/// <summary>A real <c>monorepod</c>, killed on disposal. All waits have a deadline.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private ServerProcess(Process process) => _process = process;

    /// <summary>Lines of standard output so far; all of them once the process has ended.</summary>
    public IReadOnlyCollection<string> Output => _output;

    public string Errors => string.Join('\n', _errors);

    /// <summary>What follows <c>ready</c>, by name.</summary>
    public IReadOnlyDictionary<string, string> Ready { get; private set; } = new Dictionary<string, string>();

    public Uri Grpc => new(Ready["grpc"]);

    public Uri Http => new(Ready["http"]);

    /// <summary>Starts it without waiting for anything.</summary>
    public static ServerProcess Launch(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "monorepod.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ServerProcess server = new(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, e) => server.OnOutput(e.Data);
        server._process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
            {
                server._errors.Enqueue(e.Data);
            }
        };
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Starts it on free ports and waits until it serves.</summary>
    public static Task<ServerProcess> StartAsync(string data, params string[] arguments) =>
        StartAnyAsync(["--listen", "127.0.0.1:0", "--data", data, "--memory", "64M", .. arguments]);

    /// <summary>Starts it and waits until it serves.</summary>
    public static async Task<ServerProcess> StartAnyAsync(params string[] arguments)
    {
        ServerProcess server = Launch(arguments);
        try
        {
            string line = await server._ready.Task.WaitAsync(Deadline);
            server.Ready = line.Split(' ').Skip(1).Select(w => w.Split('=', 2)).ToDictionary(w => w[0], w => w[1]);
            return server;
        }
        catch (Exception e)
        {
            await server.DisposeAsync();
            throw new InvalidOperationException($"monorepod did not start: {server.Errors}", e);
        }
    }

    /// <summary>Sends a signal by name.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString()]);
        await kill.WaitForExitAsync().WaitAsync(Deadline);
        Assert.Equal(0, kill.ExitCode);
    }

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Deadline);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(Deadline);
        }

        _process.Dispose();
    }

    private void OnOutput(string? line)
    {
        if (line is null)
        {
            _ready.TrySetException(new EndOfStreamException("monorepod ended without a ready line."));
            return;
        }

        _output.Enqueue(line);
        if (line.StartsWith("ready ", StringComparison.Ordinal))
        {
            _ready.TrySetResult(line);
        }
    }
}

/// <summary>A directory that is gone with the test.</summary>
internal sealed class DataDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("monorepod-").FullName;

    public string File(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
