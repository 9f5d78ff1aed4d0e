using System.Globalization;

namespace Monorepo.Watcher;

/// <summary>A moment in the life of one watcher: what a caller hands back to learn what changed since.</summary>
/// <param name="Instance">Of the watcher: another one knows nothing of this moment.</param>
/// <param name="Sequence">Grows with every change.</param>
public readonly record struct WatchClock(ulong Instance, long Sequence)
{
    /// <summary>Before everything: all has changed since.</summary>
    public static WatchClock None => default;

    public static bool TryParse(ReadOnlySpan<char> text, out WatchClock clock)
    {
        clock = None;
        if (!text.StartsWith("c:") || text.LastIndexOf(':') is var colon && colon < 3)
            return false;
        if (!ulong.TryParse(text[2..colon], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong instance)
            || !long.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence))
        {
            return false;
        }

        clock = new WatchClock(instance, sequence);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"c:{Instance:x}:{Sequence}");
}
