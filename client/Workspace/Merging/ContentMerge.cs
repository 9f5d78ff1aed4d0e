using System.Text;
using Monorepo.Core;
using Monorepo.Native.Git2;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>Merges what three sides have of one file: modes, then contents by line. Contents should be here. Not thread-safe.</summary>
/// <param name="made">Where contents are read and merged ones put.</param>
/// <param name="labels">For the markers.</param>
/// <param name="depth">Of virtual bases: 0 for the merge itself. What can't be merged stays as in the base then.</param>
internal sealed class ContentMerge(MadeObjects made, MergeLabels labels, int depth) : IDisposable
{
    private readonly FileMerger _merger = new();

    /// <summary>Whether merging these reads contents.</summary>
    public static bool NeedsContents(TreeSide fork, TreeSide ours, TreeSide theirs) =>
        MergeEntry.IsRegular(ours) && MergeEntry.IsRegular(theirs) && ours.Id != theirs.Id && ours.Id != fork.Id && theirs.Id != fork.Id;

    /// <param name="fork">The base; of another type than the sides, or absent, it counts as empty.</param>
    /// <param name="ours">Of the same type as <paramref name="theirs"/>.</param>
    /// <param name="theirs">Of the same type as <paramref name="ours"/>.</param>
    /// <param name="names">What each side calls the file, for the markers.</param>
    /// <param name="nesting">How many merges this is within: markers get longer.</param>
    /// <param name="cancellationToken">Stops a fetch.</param>
    public async ValueTask<ContentMergeResult> MergeAsync(
        TreeSide fork, TreeSide ours, TreeSide theirs, byte[][] names, int nesting, CancellationToken cancellationToken)
    {
        // Only permissions can differ here; a change of one side wins.
        bool isModeClean = ours.Mode == theirs.Mode || ours.Mode == fork.Mode || theirs.Mode == fork.Mode;
        TreeSide result = new(ours.Mode == theirs.Mode || ours.Mode == fork.Mode ? theirs.Mode : ours.Mode, default);
        if (ours.Id == theirs.Id || ours.Id == fork.Id)
        {
            return new ContentMergeResult(result with { Id = theirs.Id }, isModeClean);
        }

        if (theirs.Id == fork.Id)
        {
            return new ContentMergeResult(result with { Id = ours.Id }, isModeClean);
        }

        bool isSameType = MergeEntry.TypeOf(fork) == MergeEntry.TypeOf(ours);
        if (MergeEntry.IsRegular(ours))
        {
            (ObjectId id, bool isClean, bool isBinary) = await MergeLinesAsync(isSameType ? fork : default, ours, theirs, names, nesting, cancellationToken);
            return new ContentMergeResult(result with { Id = id }, isModeClean && isClean, IsBinary: isBinary, IsByLine: true);
        }

        // Links and submodules have no lines.
        bool takesBase = depth > 0 && (ours.Mode.Kind() == EntryKind.SymbolicLink || !isSameType);
        return new ContentMergeResult(takesBase ? fork : result with { Id = ours.Id }, IsClean: false);
    }

    public void Dispose() => _merger.Dispose();

    private async ValueTask<(ObjectId Id, bool IsClean, bool IsBinary)> MergeLinesAsync(
        TreeSide fork, TreeSide ours, TreeSide theirs, byte[][] names, int nesting, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> before = fork.IsAbsent ? default : (await made.ReadAsync(fork.Id, cancellationToken)).Body;
        ReadOnlyMemory<byte> left = (await made.ReadAsync(ours.Id, cancellationToken)).Body;
        ReadOnlyMemory<byte> right = (await made.ReadAsync(theirs.Id, cancellationToken)).Body;
        bool isRenamed = !names[1].AsSpan().SequenceEqual(names[2]) || !names[0].AsSpan().SequenceEqual(names[1]);
        FileMergeLabels shown = isRenamed
            ? new FileMergeLabels($"{labels.Ours}:{Encoding.UTF8.GetString(names[1])}", $"{labels.Theirs}:{Encoding.UTF8.GetString(names[2])}")
            : new FileMergeLabels(labels.Ours, labels.Theirs);
        FileMergeResult merged = _merger.Merge(before.Span, left.Span, right.Span, shown, FileMerger.MarkerSizeDefault + nesting);
        if (!merged.IsBinary)
        {
            return (made.Add(ObjectKind.Blob, merged.Content), merged.IsClean, false);
        }

        // A virtual base keeps what both came from.
        return depth == 0 ? (ours.Id, false, true) : (fork.IsAbsent ? made.Add(ObjectKind.Blob, []) : fork.Id, true, true);
    }
}

/// <param name="Merged">As merged as could be.</param>
/// <param name="IsClean">Nothing is left to decide.</param>
/// <param name="IsBinary">The contents have no lines; one side's was taken.</param>
/// <param name="IsByLine">Contents were read.</param>
internal readonly record struct ContentMergeResult(TreeSide Merged, bool IsClean, bool IsBinary = false, bool IsByLine = false);
