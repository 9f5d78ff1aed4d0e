using Monorepo.Core;

namespace Monorepo.Workspace.History;

/// <summary>The first digits of an id, as people abbreviate: <see cref="DigitsMin"/> to 40 hex digits of either case.</summary>
public readonly record struct HexPrefix
{
    /// <summary>As git: fewer digits name nothing.</summary>
    public const int DigitsMin = 4;

    private HexPrefix(ObjectId lowest, ObjectId highest, int digits)
    {
        Lowest = lowest;
        Highest = highest;
        Digits = digits;
    }

    /// <summary>The first id that starts so.</summary>
    public ObjectId Lowest { get; }

    /// <summary>The last id that starts so.</summary>
    public ObjectId Highest { get; }

    public int Digits { get; }

    public static bool TryParse(ReadOnlySpan<char> text, out HexPrefix prefix)
    {
        prefix = default;
        Span<char> low = stackalloc char[ObjectId.HexSize];
        Span<char> high = stackalloc char[ObjectId.HexSize];
        if (text.Length is < DigitsMin or > ObjectId.HexSize)
        {
            return false;
        }

        low.Fill('0');
        high.Fill('f');
        text.CopyTo(low);
        text.CopyTo(high);
        if (!ObjectId.TryParse(low, out ObjectId lowest) || !ObjectId.TryParse(high, out ObjectId highest))
        {
            return false;
        }

        prefix = new HexPrefix(lowest, highest, text.Length);
        return true;
    }

    public bool Matches(ObjectId id) => Lowest <= id && id <= Highest;
}
