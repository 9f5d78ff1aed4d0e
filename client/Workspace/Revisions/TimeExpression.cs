using System.Globalization;

namespace Monorepo.Workspace.Revisions;

/// <summary>
/// Times as people write them, read as git reads them: <c>2024-05-01</c> (at the present time of day), <c>2024-05-01 13:00</c> with or
/// without seconds, <c>T</c> and a zone, <c>@1714521600</c>, <c>now</c>, <c>yesterday</c>, <c>midnight</c>, <c>noon</c>, <c>2 weeks ago</c>, <c>2.weeks.ago</c>.
/// </summary>
public static class TimeExpression
{
    /// <summary>What works, for people.</summary>
    public const string Examples = "'2024-05-01', '2024-05-01 13:00', '2024-05-01T13:00:00+02:00', '@1714521600', '2 weeks ago', 'yesterday', 'now', 'noon' and 'midnight'";

    // Git takes longer numbers for seconds since 1970.
    private const int EpochDigitsMin = 9;
    private const int CountMax = 1_000_000_000;

    private static readonly string[] s_zoned =
    [
        "yyyy-M-d'T'H:mm:sszzz", "yyyy-M-d'T'H:mmzzz", "yyyy-M-d H:mm:sszzz", "yyyy-M-d H:mmzzz", "yyyy-M-d H:mm:ss zzz", "yyyy-M-d H:mm zzz",
    ];

    private static readonly string[] s_local = ["yyyy-M-d'T'H:mm:ss", "yyyy-M-d'T'H:mm", "yyyy-M-d H:mm:ss", "yyyy-M-d H:mm"];

    private static readonly string[] s_numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    /// <param name="text">What was written.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">Of times that name none.</param>
    /// <param name="unixSeconds">Seconds since 1970.</param>
    public static bool TryParse(string text, DateTimeOffset now, TimeZoneInfo zone, out long unixSeconds)
    {
        text = text.Trim();
        return TryParseEpoch(text, out unixSeconds) || TryParseDate(text, now, zone, out unixSeconds) || TryParseRelative(text, now, zone, out unixSeconds);
    }

    private static bool TryParseEpoch(string text, out long unixSeconds)
    {
        bool isMarked = text.StartsWith('@');
        string digits = isMarked ? text[1..] : text;
        unixSeconds = 0;
        return (isMarked || digits.Length >= EpochDigitsMin) && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out unixSeconds);
    }

    private static bool TryParseDate(string text, DateTimeOffset now, TimeZoneInfo zone, out long unixSeconds)
    {
        // .NET reads a zone with a colon only.
        string zoned = text.EndsWith('Z') ? text[..^1] + "+00:00"
            : text.Length > 5 && text[^5] is '+' or '-' && text[^4..].All(char.IsAsciiDigit) ? text[..^2] + ":" + text[^2..]
            : text;
        if (DateTimeOffset.TryParseExact(zoned, s_zoned, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset time))
        {
            unixSeconds = time.ToUnixTimeSeconds();
            return true;
        }

        if (DateTime.TryParseExact(text, s_local, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
        {
            unixSeconds = ToUnixSeconds(local, zone);
            return true;
        }

        if (DateTime.TryParseExact(text, "yyyy-M-d", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime day))
        {
            unixSeconds = ToUnixSeconds(day + TimeZoneInfo.ConvertTime(now, zone).TimeOfDay, zone);
            return true;
        }

        unixSeconds = 0;
        return false;
    }

    private static bool TryParseRelative(string text, DateTimeOffset now, TimeZoneInfo zone, out long unixSeconds)
    {
        string[] words = text.ToLowerInvariant().Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries);
        DateTime local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        unixSeconds = 0;
        switch (words)
        {
            case ["now"]:
                unixSeconds = now.ToUnixTimeSeconds();
                return true;
            case ["yesterday"]:
                unixSeconds = now.ToUnixTimeSeconds() - (24 * 3600);
                return true;
            case ["midnight"]:
                unixSeconds = ToUnixSeconds(local.Date, zone);
                return true;
            case ["noon"]:
                // The last noon that was.
                unixSeconds = ToUnixSeconds(local.Hour < 12 ? local.Date.AddHours(-12) : local.Date.AddHours(12), zone);
                return true;
            case ["last", string unit]:
                return TryGoBack(1, unit, now, local, zone, out unixSeconds);
            case [string count, string unit, "ago"]:
                int number = Array.IndexOf(s_numbers, count);
                return (number > 0 || int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out number))
                    && number < CountMax && TryGoBack(number, unit, now, local, zone, out unixSeconds);
            default:
                return false;
        }
    }

    private static bool TryGoBack(long count, string unit, DateTimeOffset now, DateTime local, TimeZoneInfo zone, out long unixSeconds)
    {
        string one = unit.EndsWith('s') ? unit[..^1] : unit;
        long seconds = one switch
        {
            "second" or "sec" => 1,
            "minute" or "min" => 60,
            "hour" => 3600,
            "day" => 24 * 3600,
            "week" => 7 * 24 * 3600,
            _ => 0,
        };
        unixSeconds = now.ToUnixTimeSeconds() - (count * seconds);
        if (seconds > 0)
        {
            return true;
        }

        long months = one switch
        {
            "month" => count,
            "year" => 12 * count,
            _ => -1,
        };
        long first = ((local.Year * 12L) + local.Month - 1) - months;
        if (months < 0 || first < 12)
        {
            return false;
        }

        // A day that the month has not runs over into the next one, as in git.
        DateTime start = new((int)(first / 12), (int)(first % 12) + 1, 1);
        unixSeconds = ToUnixSeconds(start.AddDays(local.Day - 1) + local.TimeOfDay, zone);
        return true;
    }

    private static long ToUnixSeconds(DateTime local, TimeZoneInfo zone)
    {
        DateTime plain = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        TimeSpan offset = zone.IsInvalidTime(plain) ? zone.BaseUtcOffset : zone.GetUtcOffset(plain);
        return (long)Math.Floor((plain - DateTime.UnixEpoch - offset).TotalSeconds);
    }
}
