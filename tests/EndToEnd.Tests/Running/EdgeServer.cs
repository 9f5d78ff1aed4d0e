using System.Diagnostics;

namespace Monorepo.EndToEnd.Tests.Running;

/// <summary>An edge's process on loopback, killed on disposal. Not thread-safe.</summary>
internal sealed class EdgeServer : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _errors = [];

    private EdgeServer(Process process) => _process = process;

    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    public Uri Health { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>What it logged so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return string.Join('\n', _errors);
        }
    }

    /// <summary>Serves what a history server has, on free ports.</summary>
    public static async Task<EdgeServer> StartAsync(Uri origin, params string[] arguments)
    {
        ProcessStartInfo start = new(Programs.Server, ["--role", "blobs", "--origin", origin.GetLeftPart(UriPartial.Authority), "--listen", "127.0.0.1:0", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        TaskCompletionSource<string> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        EdgeServer edge = new(new Process { StartInfo = start });
        edge._process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.StartsWith("ready ", StringComparison.Ordinal) == true)
                ready.TrySetResult(e.Data);
        };
        edge._process.ErrorDataReceived += (_, e) => edge.Note(e.Data);
        edge._process.Start();
        edge._process.BeginOutputReadLine();
        edge._process.BeginErrorReadLine();
        if (await Task.WhenAny(ready.Task, edge._process.WaitForExitAsync()).WaitAsync(s_deadline) != ready.Task)
        {
            await edge.DisposeAsync();
            throw new InvalidOperationException($"The edge ended before it was ready: {edge.Errors}");
        }

        Dictionary<string, string> words = (await ready.Task).Split(' ').Skip(1).Select(w => w.Split('=', 2)).ToDictionary(w => w[0], w => w[1], StringComparer.Ordinal);
        edge.Address = new Uri(words["grpc"]);
        edge.Health = new Uri(new Uri(words["http"]), "/healthz");
        return edge;
    }

    /// <summary>Sends a signal by name.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(s_deadline);
    }

    /// <summary>Waits until it says that its history server is away, or that all is well again.</summary>
    public async Task SaysAsync(string part)
    {
        using HttpClient http = new();
        long start = Stopwatch.GetTimestamp();
        while (!(await http.GetStringAsync(Health)).Contains(part, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < s_deadline, $"The edge did not say '{part}'.");
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync().WaitAsync(s_deadline);
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null)
            return;
        lock (_errors)
            _errors.Add(line);
    }
}
