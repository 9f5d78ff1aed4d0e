using System.Globalization;

namespace Monorepo.Workspace.Commits;

/// <summary>Reads the dates git documents: <c>[@]SECONDS [ZONE]</c>, ISO 8601 and RFC 2822. A time without a zone is local.</summary>
public static class CommitDate
{
    private static readonly string[] s_zonedFormats =
    [
        "yyyy-MM-dd HH:mm:ss zzz", "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-dd HH:mm:sszzz", "yyyy-MM-ddTHH:mm:ss zzz", "yyyy-MM-dd HH:mm zzz",
        "ddd, d MMM yyyy HH:mm:ss zzz", "d MMM yyyy HH:mm:ss zzz", "ddd MMM d HH:mm:ss yyyy zzz",
    ];

    private static readonly string[] s_localFormats =
    [
        "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-ddTHH:mm", "ddd MMM d HH:mm:ss yyyy",
    ];

    // git's: a smaller number is no time but something mistyped.
    private const long SecondsMin = 100_000_000;

    /// <param name="text">As the user wrote it.</param>
    /// <param name="local">The zone of a time that names none.</param>
    /// <param name="unixSeconds">Seconds since 1970, not negative.</param>
    /// <param name="zoneMinutes">The offset from UTC.</param>
    public static bool TryParse(string text, TimeZoneInfo local, out long unixSeconds, out int zoneMinutes)
    {
        string[] parts = text.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        zoneMinutes = 0;
        string number = parts.Length > 0 ? parts[0].TrimStart('@') : "";
        if (parts.Length is 1 or 2 && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out unixSeconds)
            && (unixSeconds >= SecondsMin || parts[0].StartsWith('@')))
        {
            return parts.Length == 1 || TryParseZone(parts[1], out zoneMinutes);
        }

        unixSeconds = 0;
        string written = WithColon(string.Join(' ', parts));
        if (DateTimeOffset.TryParseExact(written, s_zonedFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time))
        {
            unixSeconds = time.ToUnixTimeSeconds();
            zoneMinutes = (int)time.Offset.TotalMinutes;
            return unixSeconds >= 0;
        }

        if (!DateTime.TryParseExact(written, s_localFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime wall))
        {
            return false;
        }

        TimeSpan offset = local.GetUtcOffset(wall);
        unixSeconds = new DateTimeOffset(wall, offset).ToUnixTimeSeconds();
        zoneMinutes = (int)offset.TotalMinutes;
        return unixSeconds >= 0;
    }

    /// <summary>The offset from UTC that a zone has at a time.</summary>
    public static int ZoneMinutes(TimeZoneInfo zone, DateTimeOffset time) => (int)zone.GetUtcOffset(time).TotalMinutes;

    // .NET takes +01:00; git and mail write +0100.
    private static string WithColon(string text)
    {
        if (text.EndsWith('Z'))
        {
            return text[..^1] + "+00:00";
        }

        return text.Length > 5 && TryParseZone(text[^5..], out _) && text.Contains(':', StringComparison.Ordinal) ? $"{text[..^2]}:{text[^2..]}" : text;
    }

    private static bool TryParseZone(string text, out int minutes)
    {
        minutes = 0;
        if (text.Length != 5 || text[0] is not ('+' or '-') || !int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int value))
        {
            return false;
        }

        minutes = (value / 100 * 60) + (value % 100);
        minutes = text[0] == '-' ? -minutes : minutes;
        return true;
    }
}
