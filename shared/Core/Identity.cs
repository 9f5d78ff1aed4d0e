using System.Buffers.Text;

namespace Monorepo.Core;

/// <summary>
/// An author, committer or tagger line: <c>name &lt;mail&gt; seconds zone</c>. Histories hold lines that miss any of these,
/// so reading never fails: what is absent is empty or zero, and the commit's own bytes keep the truth.
/// </summary>
/// <param name="Name">The name's bytes in the commit's encoding, without the space before the mail.</param>
/// <param name="Email">The bytes between the angle brackets.</param>
/// <param name="UnixSeconds">Seconds since 1970, UTC.</param>
/// <param name="ZoneMinutes">The offset from UTC; "-0000" reads as 0.</param>
public readonly record struct Identity(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Email, long UnixSeconds, int ZoneMinutes)
{
    // What DateTimeOffset takes.
    private const int ZoneMinutesMax = 14 * 60;

    public static Identity Parse(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> span = line.Span;
        int open = span.IndexOf((byte)'<');
        int close = span.LastIndexOf((byte)'>');
        if (open < 0 || close < open)
        {
            return new Identity(Trim(line), default, 0, 0);
        }

        ReadOnlySpan<byte> tail = span[(close + 1)..].TrimStart((byte)' ');
        long seconds = 0;
        int zone = 0;
        if (Utf8Parser.TryParse(tail, out long parsed, out int used))
        {
            seconds = parsed;
            zone = ParseZone(tail[used..].Trim((byte)' '));
        }

        return new Identity(Trim(line[..open]), line[(open + 1)..close], seconds, zone);
    }

    /// <summary>The time in the writer's own zone; times and zones outside of .NET's range are held at its ends, in UTC.</summary>
    public DateTimeOffset Time
    {
        get
        {
            long first = DateTimeOffset.MinValue.ToUnixTimeSeconds();
            long last = DateTimeOffset.MaxValue.ToUnixTimeSeconds();
            DateTimeOffset utc = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(UnixSeconds, first, last));
            long local = utc.ToUnixTimeSeconds() + (ZoneMinutes * 60L);
            return local < first || local > last || Math.Abs(ZoneMinutes) > ZoneMinutesMax ? utc : utc.ToOffset(TimeSpan.FromMinutes(ZoneMinutes));
        }
    }

    // "+hhmm": git reads it as a decimal number whose last two digits are minutes.
    private static int ParseZone(ReadOnlySpan<byte> zone)
    {
        if (zone.Length < 2 || zone[0] is not ((byte)'+' or (byte)'-')
            || !Utf8Parser.TryParse(zone[1..], out int value, out int used) || used != zone.Length - 1 || value is < 0 or > 9999)
        {
            return 0;
        }

        int minutes = (value / 100 * 60) + (value % 100);
        return zone[0] == '-' ? -minutes : minutes;
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        int start = 0;
        int end = span.Length;
        while (start < end && span[start] == ' ')
        {
            start++;
        }

        while (end > start && span[end - 1] == ' ')
        {
            end--;
        }

        return bytes[start..end];
    }
}
