using System.Globalization;

namespace Monorepo.Workspace.Configuration;

/// <summary>Sizes as people write them: a number, then nothing, <c>k</c>, <c>M</c>, <c>G</c> or <c>T</c> for powers of 1024, with or without <c>B</c> or <c>iB</c>.</summary>
public static class ByteSize
{
    public const string Examples = "500k, 100M, 2.5G";

    private const string Units = "KMGT";

    public static bool TryParse(string? text, out long bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.EndsWith("iB", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[..^2];
        }
        else if (rest.EndsWith("B", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[..^1];
        }

        double factor = 1;
        if (!rest.IsEmpty && Units.IndexOf(char.ToUpperInvariant(rest[^1]), StringComparison.Ordinal) is >= 0 and int unit)
        {
            factor = Math.Pow(1024, unit + 1);
            rest = rest[..^1];
        }

        if (!double.TryParse(rest, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number * factor > long.MaxValue / 2)
        {
            return false;
        }

        bytes = (long)(number * factor);
        return true;
    }
}
