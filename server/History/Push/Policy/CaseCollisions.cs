using System.Text;

namespace Monorepo.History.Push.Policy;

/// <summary>Names that are one name where case does not count.</summary>
internal static class CaseCollisions
{
    /// <summary>Whether a name can stand beside others. All in Latin-1, each char a byte of UTF-8.</summary>
    public static bool IsFree(IReadOnlyCollection<string> names, string name)
    {
        string folded = Fold(name);
        return names.All(other => string.Equals(other, name, StringComparison.Ordinal) || !string.Equals(Fold(other), folded, StringComparison.Ordinal));
    }

    /// <summary>The same for names that differ in case only.</summary>
    public static string Fold(string latin1) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(latin1)).ToUpperInvariant();
}
