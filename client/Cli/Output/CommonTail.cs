namespace Monorepo.Cli.Output;

/// <summary>
/// Git cuts off what two contents end with in common, in large blocks, where it compares them without context; which of several equally short
/// differences it finds depends on that.
/// </summary>
internal static class CommonTail
{
    private const int BlockBytes = 1024;

    /// <summary>How many bytes at the end git leaves out; what is left ends with a line.</summary>
    public static int LengthOf(ReadOnlySpan<byte> old, ReadOnlySpan<byte> now)
    {
        int smaller = Math.Min(old.Length, now.Length);
        int trimmed = 0;
        while (BlockBytes + trimmed <= smaller && old[^(trimmed + BlockBytes)..^trimmed].SequenceEqual(now[^(trimmed + BlockBytes)..^trimmed]))
        {
            trimmed += BlockBytes;
        }

        int line = old[^trimmed..].IndexOf((byte)'\n') + 1;
        return line == 0 ? 0 : trimmed - line;
    }
}
