using System.Globalization;

namespace Monorepo.Cli.Output.Log;

/// <summary>Git's words for how long ago something was, with its steps and its rounding.</summary>
public static class RelativeDate
{
    private const long DaysPerYear = 365;

    /// <param name="seconds">Seconds since 1970.</param>
    /// <param name="now">The present, likewise.</param>
    public static string Describe(long seconds, long now)
    {
        if (now < seconds)
        {
            return "in the future";
        }

        long span = now - seconds;
        if (span < 90)
        {
            return Ago(span, "second");
        }

        span = (span + 30) / 60;
        if (span < 90)
        {
            return Ago(span, "minute");
        }

        span = (span + 30) / 60;
        if (span < 36)
        {
            return Ago(span, "hour");
        }

        long days = (span + 12) / 24;
        return days switch
        {
            < 14 => Ago(days, "day"),
            < 70 => Ago((days + 3) / 7, "week"),
            < DaysPerYear => Ago((days + 15) / 30, "month"),
            < 5 * DaysPerYear => YearsAndMonths(((days * 12 * 2) + DaysPerYear) / (DaysPerYear * 2)),
            _ => Ago((days + 183) / DaysPerYear, "year"),
        };
    }

    private static string YearsAndMonths(long months)
    {
        long years = months / 12;
        return months % 12 == 0 ? Ago(years, "year") : string.Create(CultureInfo.InvariantCulture, $"{years} year{(years == 1 ? "" : "s")}, {Ago(months % 12, "month")}");
    }

    private static string Ago(long count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")} ago");
}
