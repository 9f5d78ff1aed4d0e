using System.Text;

namespace Monorepo.EndToEnd.Tests.Differential;

/// <summary>Compares outputs that may be megabytes, and shows the surroundings of the first difference.</summary>
internal static class SameBytes
{
    private const int ContextBytes = 300;

    public static void Check(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        int same = expected.CommonPrefixLength(actual);
        if (same == expected.Length && same == actual.Length)
            return;
        int from = Math.Max(0, same - ContextBytes);
        Assert.Fail($"{what} differ at byte {same} of {expected.Length} and {actual.Length}.\n--- expected\n{Around(expected, from)}\n--- actual\n{Around(actual, from)}");
    }

    private static string Around(ReadOnlySpan<byte> bytes, int from) =>
        Encoding.Latin1.GetString(bytes[Math.Min(from, bytes.Length)..Math.Min(from + (2 * ContextBytes), bytes.Length)]);
}
