using System.Buffers;

namespace Monorepo.Native.Git2;

/// <summary>How two contents are compared and how much is printed around a change. The defaults are those of <c>git diff</c>.</summary>
/// <param name="ContextLines">Unchanged lines around each change.</param>
/// <param name="InterHunkLines">Changes with at most this many more unchanged lines between their contexts share a hunk.</param>
/// <param name="IndentHeuristic">Slides a change to where its indentation reads best.</param>
/// <param name="ForceText">Compares by line even where the content looks binary.</param>
/// <param name="IgnoreWhitespace">Lines that differ in white space only are equal (<c>-w</c>).</param>
public sealed record PatchOptions(
    int ContextLines = 3, int InterHunkLines = 0, bool IndentHeuristic = true, bool ForceText = false, bool IgnoreWhitespace = false);

/// <summary>What a comparison found. A binary pair has no hunks; equal contents have none either and are not binary.</summary>
public readonly record struct PatchSummary(bool IsBinary, int Hunks, long LinesAdded, long LinesDeleted);

/// <summary>
/// One changed region, as in a hunk header: 1-based first lines and line counts. An empty side starts at the line before the change.
/// </summary>
public readonly record struct LineRange(int OldStart, int OldLines, int NewStart, int NewLines);

/// <summary>
/// Compares two contents by line with libgit2's xdiff and prints the hunks as <c>git diff</c> prints them: everything after the
/// <c>+++</c> line. Holds no state between calls and is safe on several threads at once; memory is proportional to the two contents.
/// </summary>
public sealed class PatchFormatter : IDisposable
{
    /// <summary>Larger contents count as binary, as with git's default <c>core.bigFileThreshold</c>.</summary>
    public const long TextBytesMax = 512L * 1024 * 1024;

    /// <summary>How far git looks for a NUL byte to call a file binary.</summary>
    public const int BinaryProbeBytes = 8000;

    private const uint ForceTextFlag = 1u << 20;
    private const uint IndentHeuristicFlag = 1u << 18;
    private const uint IgnoreWhitespaceFlag = 1u << 22;
    private const uint OptionsVersion = 1;

    private readonly Git2Library _library = new();
    private readonly PatchOptions _options;

    /// <summary>Makes a formatter that compares as <paramref name="options"/> say.</summary>
    /// <exception cref="DllNotFoundException">libgit2 is not installed.</exception>
    public PatchFormatter(PatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.ContextLines, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.InterHunkLines, nameof(options));
        _options = options;
    }

    /// <summary>Git's rule: a NUL byte in the first <see cref="BinaryProbeBytes"/> bytes, or too large to be compared by line.</summary>
    public static bool LooksBinary(ReadOnlySpan<byte> content) =>
        content.Length > TextBytesMax || content[..Math.Min(content.Length, BinaryProbeBytes)].Contains((byte)0);

    /// <summary>
    /// Prints the hunks that turn <paramref name="oldContent"/> into <paramref name="newContent"/>. Prints nothing for equal or binary contents.
    /// </summary>
    /// <exception cref="Git2Exception">libgit2 ran out of memory.</exception>
    public PatchSummary Write(ReadOnlySpan<byte> oldContent, ReadOnlySpan<byte> newContent, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return Compare(oldContent, newContent, output, ranges: null);
    }

    /// <summary>Counts hunks and changed lines without printing them.</summary>
    /// <exception cref="Git2Exception">libgit2 ran out of memory.</exception>
    public PatchSummary Count(ReadOnlySpan<byte> oldContent, ReadOnlySpan<byte> newContent) =>
        Compare(oldContent, newContent, output: null, ranges: null);

    /// <summary>Adds each hunk's line ranges, in order, to <paramref name="ranges"/>. With no context lines these are the exact edits.</summary>
    /// <exception cref="Git2Exception">libgit2 ran out of memory.</exception>
    public PatchSummary FindRanges(ReadOnlySpan<byte> oldContent, ReadOnlySpan<byte> newContent, ICollection<LineRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return Compare(oldContent, newContent, output: null, ranges);
    }

    /// <summary>Returns the lease on libgit2.</summary>
    public void Dispose() => _library.Dispose();

    private unsafe PatchSummary Compare(
        ReadOnlySpan<byte> oldContent, ReadOnlySpan<byte> newContent, IBufferWriter<byte>? output, ICollection<LineRange>? ranges)
    {
        if (oldContent.SequenceEqual(newContent))
            return default;
        bool tooLarge = Math.Max(oldContent.Length, newContent.Length) > TextBytesMax;
        if (tooLarge || (!_options.ForceText && (LooksBinary(oldContent) || LooksBinary(newContent))))
            return new PatchSummary(IsBinary: true, 0, 0, 0);

        NativeDiffOptions options;
        Git2Exception.ThrowIfFailed(NativeMethods.git_diff_options_init(&options, OptionsVersion), "prepare a comparison");
        options.Flags = ForceTextFlag | (_options.IndentHeuristic ? IndentHeuristicFlag : 0) | (_options.IgnoreWhitespace ? IgnoreWhitespaceFlag : 0);
        options.ContextLines = (uint)_options.ContextLines;
        options.InterHunkLines = (uint)_options.InterHunkLines;
        options.SizeBytesMax = -1;

        // The patch's lines point into these buffers, so everything is read from it before they are released.
        fixed (byte* oldBytes = oldContent, newBytes = newContent)
        {
            nint native;
            int result = NativeMethods.git_patch_from_buffers(
                &native, oldBytes, (nuint)oldContent.Length, null, newBytes, (nuint)newContent.Length, null, &options);
            Git2Exception.ThrowIfFailed(result, "compare two contents");
            using var patch = new PatchHandle(native);
            return Read(patch, output, ranges);
        }
    }

    private static unsafe PatchSummary Read(PatchHandle patch, IBufferWriter<byte>? output, ICollection<LineRange>? ranges)
    {
        nuint added, deleted;
        Git2Exception.ThrowIfFailed(NativeMethods.git_patch_line_stats(null, &added, &deleted, patch), "count changed lines");
        nint native = patch.DangerousGetHandle();
        nuint hunks = NativeMethods.git_patch_num_hunks(native);
        for (nuint hunkIndex = 0; hunkIndex < hunks && (output is not null || ranges is not null); hunkIndex++)
        {
            NativeDiffHunk* hunk;
            nuint lines;
            Git2Exception.ThrowIfFailed(NativeMethods.git_patch_get_hunk(&hunk, &lines, native, hunkIndex), "read a hunk");
            ranges?.Add(new LineRange(hunk->OldStart, hunk->OldLines, hunk->NewStart, hunk->NewLines));
            if (output is not null)
                WriteHunk(native, hunkIndex, hunk, lines, output);
        }

        return new PatchSummary(IsBinary: false, checked((int)hunks), (long)added, (long)deleted);
    }

    private static unsafe void WriteHunk(nint patch, nuint hunkIndex, NativeDiffHunk* hunk, nuint lines, IBufferWriter<byte> output)
    {
        // Git trims the function's name after it cut it at 80 bytes, libgit2 before.
        output.Write(new ReadOnlySpan<byte>(hunk->Header, checked((int)hunk->HeaderLength)).TrimEnd(" \t\r\n"u8));
        output.Write("\n"u8);
        for (nuint lineIndex = 0; lineIndex < lines; lineIndex++)
        {
            NativeDiffLine* line;
            Git2Exception.ThrowIfFailed(NativeMethods.git_patch_get_line_in_hunk(&line, patch, hunkIndex, lineIndex), "read a line");

            // The other origins are notes on a missing last newline; their content is complete.
            if (line->Origin is (byte)' ' or (byte)'+' or (byte)'-')
                output.Write([line->Origin]);
            output.Write(new ReadOnlySpan<byte>(line->Content, checked((int)line->ContentLength)));
        }
    }
}
