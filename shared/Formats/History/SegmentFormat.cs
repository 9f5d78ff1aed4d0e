namespace Monorepo.Formats.History;

/// <summary>Bytes that are no segment, or one whose parts contradict each other.</summary>
public sealed class CorruptSegmentException : IOException
{
    public CorruptSegmentException(string message)
        : base(message)
    {
    }

    public CorruptSegmentException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>The numbers of FORMAT.md that writers and readers of segments share.</summary>
public static class SegmentFormat
{
    /// <summary>Commits a sealed segment holds, unless <see cref="BodyBytesMax"/> ends it earlier; the most any segment holds.</summary>
    public const int CommitsPerSegment = 8_192;

    /// <summary>
    /// Bytes the bodies of one segment may have together, so the most one commit may have: what a reader takes in memory
    /// is bounded by it. Commits have some hundred bytes, so it ends a segment early only in histories of enormous messages.
    /// </summary>
    public const int BodyBytesMax = 64 * 1024 * 1024;

    /// <summary>
    /// zstd's level for sealed segments, which are written once and sent to every clone. Watchman's 14,065 commits: 2.59 MB at level 3,
    /// 2.48 at 9, 2.45 at 15 and 2.43 at 19, at 52, 38, 24 and 10 thousand commits a second: past 9 it is little for much.
    /// </summary>
    public const int SealedLevel = 9;

    /// <summary>zstd's level for what is encoded to be sent once.</summary>
    public const int PassingLevel = 3;

    /// <summary>Bytes a segment may have. Columns that do not compress are kept as they are, so this is little more than the bodies.</summary>
    public const int SegmentBytesMax = BodyBytesMax + (BodyBytesMax / 4) + (CommitsPerSegment * CommitColumnBytesMax) + SegmentHeader.Bytes;

    /// <summary>
    /// Messages, and headers, are compressed in blocks of at most this size, or of one larger text. So one commit's text costs two blocks, its own and
    /// the first, and not the column; and a decoded block is no large object to the garbage collector. Watchman's messages have 24 % more bytes so than in one frame a segment, and 14 % more where
    /// blocks refer to the first; a trained dictionary (10 % more) would be one more thing to decode, and to train for each segment.
    /// </summary>
    internal const int TextBlockBytes = 64 * 1024;

    /// <summary>What a commit's entries in the columns take at most beyond its body.</summary>
    internal const int CommitColumnBytesMax = 64;

    /// <summary>A zone longer than this ("+0200" has five bytes) leaves the columns and stays in the raw body.</summary>
    internal const int ZoneBytesMax = 16;

    /// <summary>zstd expands at most about 32,000-fold, a run of one byte.</summary>
    internal const int ExpansionMax = 40_000;

    /// <summary>In a message that holds packed ids: here stand 40 hex digits.</summary>
    internal const byte PackedId = 1;

    /// <summary>Bytes of "parent", an id and a line feed.</summary>
    internal const int ParentLineBytes = 48;

    /// <summary>Bytes of "tree", an id and a line feed.</summary>
    internal const int TreeLineBytes = 46;
}

/// <summary>A commit's bits in the column of shapes.</summary>
[Flags]
internal enum CommitShape : byte
{
    /// <summary>tree, parents, author, committer, empty line, message; author and committer are the same.</summary>
    Plain = 0,

    /// <summary>The columns do not reproduce the body, which stands in the column of headers as it is. No other bit with it.</summary>
    Raw = 1,

    CommitterDiffers = 2,

    SecondsDiffer = 4,

    ZoneDiffers = 8,

    HasHeaders = 16,

    /// <summary>The body ends before an empty line.</summary>
    HasNoMessage = 32,

    HasPackedIds = 64,

    All = 127,
}

internal static class CommitShapes
{
    public static bool HasAny(this CommitShape shape, CommitShape bits) => (shape & bits) != CommitShape.Plain;
}

/// <summary>The columns in the order they stand in a segment.</summary>
internal enum SegmentColumn
{
    Shapes,
    Parents,
    TreeReferences,
    TreeIds,
    Times,
    Identities,
    IdentityNames,
    Zones,
    ZoneNames,
    Lengths,
    Messages,
    MessageBlocks,
    MessageIds,
    Headers,
    HeaderBlocks,
}

internal static class SegmentColumnKinds
{
    /// <summary>Whether the column consists of blocks, which have checksums of their own in the column after it.</summary>
    public static bool IsText(this SegmentColumn column) => column is SegmentColumn.Messages or SegmentColumn.Headers;
}
