using System.Globalization;
using System.Text;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// Which servers did not answer lately, so that a command does not wait for what the one before it has found out. A server is left alone for a
/// second after its first failure, twice as long after each further one, at most a minute; one answer clears it. Kept in a small file beside
/// the object cache: a line a server of the time it is left alone until (Unix milliseconds), its failures in a row, and its address. The file is
/// a hint: what can't be read is as if it were not there. Thread-safe; of several processes the last one to write wins.
/// </summary>
/// <param name="path">The file; null: remembered for this process only.</param>
/// <param name="time">The clock.</param>
public sealed class ServerHealth(string? path, TimeProvider time)
{
    private const int ServersMax = 64;
    private const int FileBytesMax = 64 << 10;

    private static readonly TimeSpan RestFirst = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestMax = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Dictionary<string, (DateTimeOffset Until, int Failures)>? _down;

    /// <summary>Whether it is better to ask another one first.</summary>
    public bool IsDown(Uri server)
    {
        lock (_lock)
        {
            // No rest is longer than the longest: a clock that was set back does not keep a server away.
            return Down.TryGetValue(KeyOf(server), out (DateTimeOffset Until, int) rest) && rest.Until > time.GetUtcNow() && rest.Until <= time.GetUtcNow() + RestMax;
        }
    }

    public void RecordFailure(Uri server)
    {
        lock (_lock)
        {
            int failures = Down.TryGetValue(KeyOf(server), out (DateTimeOffset, int Failures) before) ? before.Failures + 1 : 1;
            TimeSpan rest = failures > 6 ? RestMax : RestFirst * (1 << (failures - 1));
            Down[KeyOf(server)] = (time.GetUtcNow() + rest, failures);
            Save();
        }
    }

    public void RecordSuccess(Uri server)
    {
        lock (_lock)
        {
            if (Down.Remove(KeyOf(server)))
            {
                Save();
            }
        }
    }

    private Dictionary<string, (DateTimeOffset Until, int Failures)> Down => _down ??= Load();

    private static string KeyOf(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private Dictionary<string, (DateTimeOffset Until, int Failures)> Load()
    {
        Dictionary<string, (DateTimeOffset, int)> down = new(StringComparer.Ordinal);
        try
        {
            if (path is null || new FileInfo(path) is not { Exists: true, Length: <= FileBytesMax })
            {
                return down;
            }

            foreach (string line in File.ReadLines(path).Take(ServersMax))
            {
                string[] parts = line.Split(' ');
                if (parts.Length == 3
                    && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long until) && until <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                    && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int failures) && failures > 0)
                {
                    down[parts[2]] = (DateTimeOffset.FromUnixTimeMilliseconds(until), Math.Min(failures, ServersMax));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A hint.
        }

        return down;
    }

    private void Save()
    {
        if (path is null)
        {
            return;
        }

        StringBuilder text = new();
        foreach ((string server, (DateTimeOffset until, int failures)) in Down.OrderByDescending(d => d.Value.Until).Take(ServersMax))
        {
            text.Append(CultureInfo.InvariantCulture, $"{until.ToUnixTimeMilliseconds()} {failures} {server}\n");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFile.ReplaceLazily(path, Encoding.UTF8.GetBytes(text.ToString()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A hint.
        }
    }
}
