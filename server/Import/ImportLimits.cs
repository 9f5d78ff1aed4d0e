namespace Monorepo.Import;

/// <summary>What bounds the importer's memory, whatever the length of the history.</summary>
internal static class ImportLimits
{
    /// <summary>Objects of a window. One directory may pass it by its own entries; each takes 56 bytes, and there are two windows.</summary>
    public const int WindowObjectsMax = 131_072;

    /// <summary>Bytes of the trees and commits of a window, which wait with their bodies. What a path's versions gain from lying together grows
    /// little from here on.</summary>
    public const long WindowBytesMax = 32L << 20;

    /// <summary>Bodies of one write; a larger object goes alone. Each writer has one such buffer.</summary>
    public const int BatchBytesMax = 8 << 20;

    /// <summary>Commits of one append to the log.</summary>
    public const int AppendCommitsMax = 4_096;

    /// <summary>Bytes of the commits of one append.</summary>
    public const long AppendBytesMax = 8L << 20;

    /// <summary>Trees kept decoded: a commit's tree is what the next commit is compared with.</summary>
    public const long TreeCacheBytesMax = 48L << 20;

    /// <summary>Ids remembered as written, so that contents which come back are not written again. 32 bytes each.</summary>
    public const int SeenIdsMax = 1 << 20;

    /// <summary>Times that an update is tried again when someone else wrote first.</summary>
    public const int AttemptsMax = 5;

    /// <summary>Tags of tags are followed this deep.</summary>
    public const int TagDepthMax = 64;
}
