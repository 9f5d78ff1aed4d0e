using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Monorepo.Peers.Running;

/// <summary>A real memcached on a free loopback port, ended on disposal.</summary>
internal sealed class MemcachedProcess : IAsyncDisposable
{
    private const int AttemptsMax = 5;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;

    private MemcachedProcess(Process process, int port)
    {
        _process = process;
        Port = port;
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
    }

    public int Port { get; }

    /// <summary>As monorepod's <c>--memcached</c> takes it.</summary>
    public string Endpoint { get; }

    /// <param name="runner">Prepares the process.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="megabytes">Of memory.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="arguments">Further ones.</param>
    /// <exception cref="BenchmarkException">It did not start.</exception>
    public static async Task<MemcachedProcess> StartAsync(
        ProgramRunner runner, string folder, int megabytes, CancellationToken cancellationToken, params IEnumerable<string> arguments)
    {
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            int port = FreePort();
            ProcessStartInfo start = runner.Prepare(
                "memcached", folder, [
                "-l", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-U", "0", "-m", megabytes.ToString(CultureInfo.InvariantCulture), "-u", Environment.UserName,
                .. arguments]);
            Process process = Process.Start(start) ?? throw new BenchmarkException("memcached did not start");
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (await AnswersAsync(process, port, cancellationToken))
                return new MemcachedProcess(process, port);
            process.Dispose();
        }

        throw new BenchmarkException("memcached ended before it was ready");
    }

    /// <summary>What it says of itself, by name.</summary>
    public async Task<IReadOnlyDictionary<string, long>> ReadStatisticsAsync(CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        await client.GetStream().WriteAsync("stats\r\nquit\r\n"u8.ToArray(), cancellationToken);
        using StreamReader reader = new(client.GetStream());
        Dictionary<string, long> statistics = new(StringComparer.Ordinal);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Split(' ') is ["STAT", var name, var value] && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                statistics[name] = number;
        }

        return statistics;
    }

    public async ValueTask DisposeAsync() => await _process.EndAsync();

    // Another program may have taken the port since.
    private static async Task<bool> AnswersAsync(Process process, int port, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (!process.HasExited && Stopwatch.GetElapsedTime(start) < s_deadline)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return !process.HasExited;
            }
            catch (SocketException)
            {
                await Task.Delay(s_pause, cancellationToken);
            }
        }

        return false;
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
