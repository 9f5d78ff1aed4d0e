using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Core;

namespace Monorepo.Cli.Output.Log;

/// <summary>The styles of <c>--date</c>.</summary>
public enum DateStyle
{
    /// <summary><c>Thu Apr 7 15:13:13 2005 -0700</c></summary>
    Default,

    /// <summary><c>2005-04-07 15:13:13 -0700</c></summary>
    Iso,

    /// <summary><c>2005-04-07T15:13:13-07:00</c></summary>
    IsoStrict,

    /// <summary><c>Thu, 7 Apr 2005 15:13:13 -0700</c></summary>
    Rfc,

    /// <summary><c>2005-04-07</c></summary>
    Short,

    /// <summary><c>1112911993</c></summary>
    Unix,

    /// <summary><c>1112911993 -0700</c></summary>
    Raw,

    /// <summary><c>20 years ago</c></summary>
    Relative,
}

/// <summary>Writes times as git does. Thread-safe.</summary>
/// <param name="style">Of <see cref="Write(Identity, IBufferWriter{byte})"/>.</param>
/// <param name="now">What relative times count from.</param>
public sealed class DateFormat(DateStyle style, DateTimeOffset now)
{
    /// <summary>The names of the styles, as people give them.</summary>
    public const string StyleNames = "default, iso, iso-strict, rfc, short, unix, raw, relative";

    private const int TextBytesMax = 64;

    public static bool TryParseStyle(string text, out DateStyle style)
    {
        DateStyle? found = text switch
        {
            "default" or "normal" => DateStyle.Default,
            "iso" or "iso8601" => DateStyle.Iso,
            "iso-strict" or "iso8601-strict" => DateStyle.IsoStrict,
            "rfc" or "rfc2822" => DateStyle.Rfc,
            "short" => DateStyle.Short,
            "unix" => DateStyle.Unix,
            "raw" => DateStyle.Raw,
            "relative" => DateStyle.Relative,
            _ => null,
        };
        style = found.GetValueOrDefault();
        return found is not null;
    }

    public void Write(Identity who, IBufferWriter<byte> output) => Write(who, style, output);

    public void Write(Identity who, DateStyle wanted, IBufferWriter<byte> output)
    {
        switch (wanted)
        {
            case DateStyle.Iso:
                WriteTime(who, "yyyy-MM-dd HH:mm:ss ", output);
                WriteZone(who, ""u8, output);
                break;
            case DateStyle.IsoStrict:
                WriteTime(who, "yyyy-MM-ddTHH:mm:ss", output);
                WriteZone(who, ":"u8, output);
                break;
            case DateStyle.Rfc:
                WriteTime(who, "ddd, d MMM yyyy HH:mm:ss ", output);
                WriteZone(who, ""u8, output);
                break;
            case DateStyle.Short:
                WriteTime(who, "yyyy-MM-dd", output);
                break;
            case DateStyle.Unix:
                WriteNumber(who.UnixSeconds, output);
                break;
            case DateStyle.Raw:
                WriteNumber(who.UnixSeconds, output);
                output.Write(" "u8);
                WriteZone(who, ""u8, output);
                break;
            case DateStyle.Relative:
                Encoding.ASCII.GetBytes(RelativeDate.Describe(who.UnixSeconds, now.ToUnixTimeSeconds()), output);
                break;
            default:
                WriteTime(who, "ddd MMM d HH:mm:ss yyyy ", output);
                WriteZone(who, ""u8, output);
                break;
        }
    }

    private static void WriteTime(Identity who, string format, IBufferWriter<byte> output)
    {
        who.Time.TryFormat(output.GetSpan(TextBytesMax), out int written, format, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private static void WriteNumber(long number, IBufferWriter<byte> output)
    {
        number.TryFormat(output.GetSpan(TextBytesMax), out int written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    private static void WriteZone(Identity who, ReadOnlySpan<byte> separator, IBufferWriter<byte> output)
    {
        int minutes = Math.Abs(who.ZoneMinutes);
        output.Write(who.ZoneMinutes < 0 ? "-"u8 : "+"u8);
        (minutes / 60).TryFormat(output.GetSpan(TextBytesMax), out int written, "00", CultureInfo.InvariantCulture);
        output.Advance(written);
        output.Write(separator);
        (minutes % 60).TryFormat(output.GetSpan(TextBytesMax), out written, "00", CultureInfo.InvariantCulture);
        output.Advance(written);
    }
}
