using System.Globalization;

namespace Monorepo.Peers.Running;

/// <summary>
/// The most memory that a process had resident so far, as the kernel counts it. Looks every 50 ms, for the count goes with the process; what a program takes in
/// its last moments is not seen.
/// </summary>
internal sealed class PeakMemory : IDisposable
{
    private const string PeakKey = "VmHWM:";
    private const string ResidentKey = "VmRSS:";
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(50);

    private readonly string _status;
    private readonly Timer _timer;
    private long _bytes;

    public PeakMemory(int process)
    {
        _status = StatusOf(process);
        _timer = new Timer(_ => Look(), null, s_period, s_period);
    }

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Of a process that runs.</summary>
    public static long Of(int process) => Read(StatusOf(process), PeakKey);

    /// <summary>What a process that runs has resident now.</summary>
    public static long ResidentOf(int process) => Read(StatusOf(process), ResidentKey);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (Read(_status, PeakKey) is > 0 and long bytes)
            Interlocked.Exchange(ref _bytes, bytes);
    }

    private static string StatusOf(int process) => $"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status";

    private static long Read(string status, string key)
    {
        try
        {
            string? line = File.ReadLines(status).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended.
            return 0;
        }
    }
}
