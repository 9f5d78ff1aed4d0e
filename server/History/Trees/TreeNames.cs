using System.Text;

namespace Monorepo.History.Trees;

/// <summary>Names in trees are bytes in no promised encoding; Latin-1 maps each byte to one character and back, so it makes exact keys.</summary>
internal static class TreeNames
{
    public static string ToKey(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name);
}
