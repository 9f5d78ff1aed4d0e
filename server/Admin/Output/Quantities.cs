namespace Monorepo.Admin.Output;

/// <summary>Numbers for people.</summary>
internal static class Quantities
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>Decimal units: <c>12.3 MB</c>.</summary>
    public static string Bytes(double bytes)
    {
        int unit = 0;
        while (bytes >= 1000 && unit < Units.Length - 1)
        {
            bytes /= 1000;
            unit++;
        }

        return unit == 0 ? $"{bytes:0} B" : $"{bytes:0.0} {Units[unit]}";
    }

    /// <summary><c>250 us</c>, <c>12.3 ms</c>, <c>1.5 s</c>.</summary>
    public static string Microseconds(long us) => us switch
    {
        < 1_000 => $"{us} us",
        < 1_000_000 => $"{us / 1e3:0.0} ms",
        _ => $"{us / 1e6:0.0} s",
    };

    /// <summary>With separators: <c>12,345</c>.</summary>
    public static string Count(double count) => $"{count:#,0}";

    public static string PerSecond(double amount, TimeSpan elapsed) => Count(amount / Math.Max(0.001, elapsed.TotalSeconds)) + "/s";
}
