using System.CommandLine.Parsing;
using System.Globalization;

namespace Monorepo.Admin.Commands;

/// <summary>Values of options that people write with units.</summary>
internal static class OptionValues
{
    private static readonly (string Unit, long Bytes)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1), ("", 1),
    ];

    /// <summary><c>200MiB</c>, <c>1.5G</c>, <c>4096</c>; K, M and G are binary.</summary>
    public static bool TryParseBytes(string text, out long bytes)
    {
        bytes = 0;
        (string unit, long factor) = Array.Find(s_units, u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || number * factor > 1L << 60)
            return false;
        bytes = (long)(number * factor);
        return bytes > 0;
    }

    /// <summary>As <see cref="TryParseBytes"/>, with or without <c>/s</c>.</summary>
    public static long? ParseRate(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (TryParseBytes(text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text, out long bytes))
            return bytes;
        result.AddError($"'{text}' is no rate: give one such as 200MiB/s.");
        return null;
    }

    public static long? ParseBytes(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (TryParseBytes(text, out long bytes))
            return bytes;
        result.AddError($"'{text}' is no size: give one such as 512MiB.");
        return null;
    }

    /// <summary><c>99%</c>, <c>99.5%</c> or <c>0.99</c>, as a fraction of at most 1.</summary>
    public static double? ParsePart(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        bool isPercent = text.EndsWith('%');
        if (double.TryParse(text.AsSpan(0, text.Length - (isPercent ? 1 : 0)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && (isPercent ? number / 100 : number) is > 0 and <= 1 and var part)
            return part;
        result.AddError($"'{text}' is no part of the whole: give one such as 99%.");
        return null;
    }

    /// <summary>A time (<c>2026-03-01</c>, <c>2026-03-01T12:00:00Z</c>) or how long ago: <c>90s</c>, <c>30m</c>, <c>12h</c>, <c>7d</c>.</summary>
    public static DateTimeOffset? ParseTime(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (TryParseAge(text, out TimeSpan age))
            return DateTimeOffset.UtcNow - age;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            return time;
        result.AddError($"'{text}' is no time: give one such as 2026-03-01T12:00:00Z, or how long ago, such as 12h or 7d.");
        return null;
    }

    private static bool TryParseAge(string text, out TimeSpan age)
    {
        age = default;
        double secondsPerUnit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, _ => 0 };
        if (secondsPerUnit == 0 || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            return false;
        age = TimeSpan.FromSeconds(number * secondsPerUnit);
        return age < TimeSpan.FromDays(36_500);
    }
}
