using System.Text;

namespace Monorepo.Native.Git2;

/// <summary>What stands behind the markers of a conflict.</summary>
/// <param name="Ours">Behind <c>&lt;&lt;&lt;&lt;&lt;&lt;&lt;</c>.</param>
/// <param name="Theirs">Behind <c>&gt;&gt;&gt;&gt;&gt;&gt;&gt;</c>.</param>
public sealed record FileMergeLabels(string Ours, string Theirs);

/// <summary>What merging two contents gave.</summary>
/// <param name="IsClean">No place was changed by both in different ways.</param>
/// <param name="Content">The merged content, with markers where it is not clean. For binary contents that both changed: ours.</param>
/// <param name="IsBinary">One of the contents can't be merged by line.</param>
public readonly record struct FileMergeResult(bool IsClean, byte[] Content, bool IsBinary);

/// <summary>
/// Merges contents three ways by line with libgit2's xdiff, conflicts marked as git marks them. Differences are found by Myers' algorithm; git's own merge takes
/// the histogram algorithm, which libgit2 does not offer, so of contents with many equal lines the two may find different conflicts.
/// Holds no state between calls and is safe on several threads at once; memory is proportional to the contents.
/// </summary>
public sealed class FileMerger : IDisposable
{
    /// <summary>The length of git's markers.</summary>
    public const int MarkerSizeDefault = 7;

    /// <summary>Larger contents count as binary: git's limit for what its differences are made of.</summary>
    public const long TextBytesMax = 1023L << 20;

    private const uint Version = 1;

    private readonly Git2Library _library = new();

    /// <param name="ancestor">What both came from; empty where they have nothing in common.</param>
    /// <param name="ours">The one side.</param>
    /// <param name="theirs">The other side.</param>
    /// <param name="labels">Behind the markers.</param>
    /// <param name="markerSize">Of how many characters markers are.</param>
    /// <exception cref="Git2Exception">libgit2 ran out of memory.</exception>
    public unsafe FileMergeResult Merge(
        ReadOnlySpan<byte> ancestor, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs, FileMergeLabels labels, int markerSize = MarkerSizeDefault)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(markerSize);
        if (IsBinary(ancestor) || IsBinary(ours) || IsBinary(theirs))
            return new FileMergeResult(IsClean: false, ours.ToArray(), IsBinary: true);

        NativeMergeFileOptions options;
        NativeMergeFileInput ancestorInput, ourInput, theirInput;
        Git2Exception.ThrowIfFailed(NativeMethods.git_merge_file_options_init(&options, Version), "prepare a merge");
        Git2Exception.ThrowIfFailed(NativeMethods.git_merge_file_input_init(&ancestorInput, Version), "prepare a merge");
        Git2Exception.ThrowIfFailed(NativeMethods.git_merge_file_input_init(&ourInput, Version), "prepare a merge");
        Git2Exception.ThrowIfFailed(NativeMethods.git_merge_file_input_init(&theirInput, Version), "prepare a merge");

        // A span of no bytes is pinned as null, which the library would take for a side that is not there.
        byte none = 0;
        fixed (byte* ancestorBytes = ancestor, ourBytes = ours, theirBytes = theirs, ourLabel = Terminated(labels.Ours), theirLabel = Terminated(labels.Theirs))
        {
            ancestorInput.Content = ancestorBytes is null ? &none : ancestorBytes;
            ancestorInput.Length = (nuint)ancestor.Length;
            ourInput.Content = ourBytes is null ? &none : ourBytes;
            ourInput.Length = (nuint)ours.Length;
            theirInput.Content = theirBytes is null ? &none : theirBytes;
            theirInput.Length = (nuint)theirs.Length;
            options.OurLabel = ourLabel;
            options.TheirLabel = theirLabel;
            options.MarkerSize = checked((ushort)markerSize);
            NativeMergeFileResult result;
            Git2Exception.ThrowIfFailed(NativeMethods.git_merge_file(&result, &ancestorInput, &ourInput, &theirInput, &options), "merge two contents");
            try
            {
                byte[] content = new ReadOnlySpan<byte>(result.Content, checked((int)result.Length)).ToArray();
                return new FileMergeResult(result.IsAutomergeable != 0, content, IsBinary: false);
            }
            finally
            {
                NativeMethods.git_merge_file_result_free(&result);
            }
        }
    }

    /// <summary>Returns the lease on libgit2.</summary>
    public void Dispose() => _library.Dispose();

    private static bool IsBinary(ReadOnlySpan<byte> content) => content.Length > TextBytesMax || PatchFormatter.LooksBinary(content);

    private static byte[] Terminated(string label) => [.. Encoding.UTF8.GetBytes(label.Replace('\0', ' ')), 0];
}
