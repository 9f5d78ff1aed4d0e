using Monorepo.Native.Git2;

namespace Monorepo.Workspace.Blame;

/// <summary>Lines that two versions have in common.</summary>
/// <param name="OldStart">From 0.</param>
/// <param name="NewStart">From 0.</param>
/// <param name="Count">The last run reaches to the end: <see cref="int.MaxValue"/>.</param>
internal readonly record struct LineRun(int OldStart, int NewStart, int Count);

/// <summary>Finds the lines that did not change between two versions, where git finds them. Not thread-safe.</summary>
internal sealed class LineMatch(bool ignoreWhitespace) : IDisposable
{
    /// <summary>
    /// Git leaves equal ends of this size out of a comparison without context. It can't slide a change into what was left out, so it
    /// decides where a change among equal lines is found.
    /// </summary>
    private const int EndBlockBytes = 1_024;

    private readonly PatchFormatter _formatter = new(new PatchOptions(ContextLines: 0, ForceText: true, IgnoreWhitespace: ignoreWhitespace));

    /// <summary>In order. Contents too large to compare have no line in common.</summary>
    public List<LineRun> Find(ReadOnlySpan<byte> old, ReadOnlySpan<byte> fresh)
    {
        int end = EqualEnd(old, fresh);
        List<LineRange> changes = [];
        List<LineRun> runs = [];
        if (_formatter.FindRanges(old[..^end], fresh[..^end], changes).IsBinary)
        {
            return runs;
        }

        int oldAt = 0;
        int newAt = 0;
        foreach (LineRange change in changes)
        {
            // An empty side starts after the line it names, the others with it.
            int oldStart = change.OldStart - (change.OldLines > 0 ? 1 : 0);
            int newStart = change.NewStart - (change.NewLines > 0 ? 1 : 0);
            if (newStart > newAt)
            {
                runs.Add(new LineRun(oldAt, newAt, newStart - newAt));
            }

            oldAt = oldStart + change.OldLines;
            newAt = newStart + change.NewLines;
        }

        runs.Add(new LineRun(oldAt, newAt, int.MaxValue));
        return runs;
    }

    public void Dispose() => _formatter.Dispose();

    /// <summary>Whole equal blocks from the end, less the beginning of the first of them up to the end of its line.</summary>
    private static int EqualEnd(ReadOnlySpan<byte> old, ReadOnlySpan<byte> fresh)
    {
        int shorter = Math.Min(old.Length, fresh.Length);
        int equal = 0;
        while (equal + EndBlockBytes <= shorter
            && old[^(equal + EndBlockBytes)..^equal].SequenceEqual(fresh[^(equal + EndBlockBytes)..^equal]))
        {
            equal += EndBlockBytes;
        }

        int line = old[^equal..].IndexOf((byte)'\n');
        return line < 0 ? 0 : equal - line - 1;
    }
}
