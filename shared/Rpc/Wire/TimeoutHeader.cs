namespace Monorepo.Rpc.Wire;

/// <summary>The <c>grpc-timeout</c> header: one to eight digits and a unit out of <c>n u m S M H</c>.</summary>
public static class TimeoutHeader
{
    private const int DigitsMax = 8;
    private const long ValueLimit = 100_000_000;

    /// <summary>
    /// The finest unit that fits eight digits, rounded up so that the server never gives up before the client. A timeout
    /// of zero or less is sent as one nanosecond.
    /// </summary>
    public static string Encode(TimeSpan timeout)
    {
        long ticks = timeout.Ticks;
        if (ticks <= 0)
            return "1n";
        if (ticks < ValueLimit / TimeSpan.NanosecondsPerTick)
            return $"{ticks * TimeSpan.NanosecondsPerTick}n";

        return TryUnit(ticks, TimeSpan.TicksPerMicrosecond, 'u')
            ?? TryUnit(ticks, TimeSpan.TicksPerMillisecond, 'm')
            ?? TryUnit(ticks, TimeSpan.TicksPerSecond, 'S')
            ?? TryUnit(ticks, TimeSpan.TicksPerMinute, 'M')
            ?? TryUnit(ticks, TimeSpan.TicksPerHour, 'H')
            ?? "99999999H";
    }

    /// <summary>False for anything the grammar does not allow. Values below a tick (100 ns) round up to one.</summary>
    public static bool TryParse(string text, out TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(text);
        timeout = default;
        if (text.Length is < 2 or > DigitsMax + 1)
            return false;

        long value = 0;
        foreach (char c in text.AsSpan(0, text.Length - 1))
        {
            if (!char.IsAsciiDigit(c))
                return false;

            value = (value * 10) + (c - '0');
        }

        long ticks;
        switch (text[^1])
        {
            case 'n':
                ticks = (value + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick;
                break;
            case 'u':
                ticks = value * TimeSpan.TicksPerMicrosecond;
                break;
            case 'm':
                ticks = value * TimeSpan.TicksPerMillisecond;
                break;
            case 'S':
                ticks = value * TimeSpan.TicksPerSecond;
                break;
            case 'M':
                ticks = value * TimeSpan.TicksPerMinute;
                break;
            case 'H':
                // 99,999,999 hours are 3.6e18 ticks, which still fits.
                ticks = value * TimeSpan.TicksPerHour;
                break;
            default:
                return false;
        }

        timeout = TimeSpan.FromTicks(ticks);
        return true;
    }

    private static string? TryUnit(long ticks, long ticksPerUnit, char unit)
    {
        long value = (ticks / ticksPerUnit) + (ticks % ticksPerUnit == 0 ? 0 : 1);
        return value < ValueLimit ? $"{value}{unit}" : null;
    }
}
