using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.BlobPlane;

/// <summary>UCX's own measure of a transport: what active messages of one size, sent without a pause, come to.</summary>
internal static partial class UcxPerfTest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <param name="runner">Whose environment it gets.</param>
    /// <param name="transports">As UCX_TLS.</param>
    /// <param name="sizeBytes">Of a message.</param>
    /// <param name="messages">To measure.</param>
    /// <returns>Megabytes a second.</returns>
    public static async Task<double> BandwidthAsync(ProgramRunner runner, string transports, int sizeBytes, int messages)
    {
        string port = FreePort().ToString(CultureInfo.InvariantCulture);
        string[] what = ["-t", "ucp_am_bw", "-s", sizeBytes.ToString(CultureInfo.InvariantCulture), "-n", messages.ToString(CultureInfo.InvariantCulture), "-w", "50", "-p", port, "-f"];
        using Process server = Start(runner, transports, ["-p", port]);
        try
        {
            Task<string> said = server.StandardOutput.ReadToEndAsync();
            string output = "";
            // It can't say when it listens.
            for (int attempt = 0; attempt < 50 && output.Length == 0; attempt++)
            {
                using Process client = Start(runner, transports, ["127.0.0.1", .. what]);
                string text = await client.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
                await client.WaitForExitAsync();
                output = client.ExitCode == 0 ? text : "";
                if (output.Length == 0)
                    await Task.Delay(100);
            }

            // The last line with numbers: messages, then latency, bandwidth and rate, each in three kinds; MB are 2^20.
            string line = output.Split('\n').LastOrDefault(static l => Numbers().Count(l) >= 6) ?? throw new BenchmarkException($"ucx_perftest over {transports} said '{output}'");
            double[] numbers = [.. Numbers().Matches(line).Select(static m => double.Parse(m.Value, CultureInfo.InvariantCulture))];
            return numbers[^3] * 1.048576;
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static Process Start(ProgramRunner runner, string transports, string[] arguments)
    {
        ProcessStartInfo start = runner.Prepare("ucx_perftest", Path.GetTempPath(), arguments);
        start.RedirectStandardError = true;
        start.Environment["UCX_TLS"] = transports;
        if (transports.Contains("tcp", StringComparison.Ordinal))
            start.Environment["UCX_NET_DEVICES"] = "lo";
        Process process = Process.Start(start) ?? throw new BenchmarkException("ucx_perftest did not start");
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [GeneratedRegex(@"(?<![\w.])\d+(\.\d+)?(?![\w.])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Numbers();
}
