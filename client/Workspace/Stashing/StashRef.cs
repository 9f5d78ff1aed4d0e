using System.Globalization;
using Monorepo.Core;

namespace Monorepo.Workspace.Stashing;

/// <summary>The refs that stashes have in the clone's <c>kept</c> store: <c>refs/stash/N</c>, where the highest N is the latest stash.</summary>
internal static class StashRef
{
    private const string Prefix = "refs/stash/";

    public static RefName Of(int sequence) => RefName.Parse(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{sequence}"));

    public static bool IsStash(RefName name) => TryParse(name, out _);

    public static bool TryParse(RefName name, out int sequence)
    {
        sequence = 0;
        return name.Value.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(name.Value.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }
}
