namespace Monorepo.Import;

/// <summary>What bounds the importer's memory, whatever the length of the history.</summary>
internal static class ImportLimits
{
    /// <summary>Objects that wait to be read, checked and compressed. One directory may pass it by its own entries.</summary>
    public const int PendingObjectsMax = 8_192;

    /// <summary>Bytes of trees and commits that wait with their bodies.</summary>
    public const long PendingBytesMax = 32L << 20;

    /// <summary>Objects of one write.</summary>
    public const int BatchObjectsMax = 4_096;

    /// <summary>Envelope bytes of one write; the last object may pass it. Each core fills or writes one batch.</summary>
    public const long BatchBytesMax = 8L << 20;

    /// <summary>Commits of one append to the log.</summary>
    public const int AppendCommitsMax = 4_096;

    /// <summary>Bytes of the commits of one append.</summary>
    public const long AppendBytesMax = 8L << 20;

    /// <summary>Trees kept decoded: a commit's tree is what the next commit is compared with.</summary>
    public const long TreeCacheBytesMax = 64L << 20;

    /// <summary>Ids remembered as written, so that contents which come back are not written again. 32 bytes each.</summary>
    public const int SeenIdsMax = 1 << 20;

    /// <summary>Times that an update is tried again when someone else wrote first.</summary>
    public const int AttemptsMax = 5;

    /// <summary>Tags of tags are followed this deep.</summary>
    public const int TagDepthMax = 64;
}
