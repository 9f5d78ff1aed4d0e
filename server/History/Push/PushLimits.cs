using Monorepo.Storage;

namespace Monorepo.History.Push;

/// <summary>What one push may cost the server. A push beyond them ends with RESOURCE_EXHAUSTED and changes nothing.</summary>
public sealed record PushLimits
{
    private const int MessageSlackBytes = 8 << 20;

    /// <summary>One object, decoded. Two of this size are in memory for each push being read.</summary>
    public int ObjectBytesMax { get; init; } = 256 << 20;

    /// <summary>One message: an object of the largest size and a batch of small ones beside it. What is announced larger is not read.</summary>
    public int MessageBytesMax => (int)Math.Min((long)ObjectBytesMax + MessageSlackBytes, int.MaxValue);

    /// <summary>One tree, commit or tag, decoded: these are read again while the push is checked.</summary>
    public int MetadataBytesMax { get; init; } = 32 << 20;

    /// <summary>All commits and tags together: they stay in memory until the push is done.</summary>
    public long CommitBytesMax { get; init; } = 64L << 20;

    /// <summary>All objects together, decoded.</summary>
    public long PushBytesMax { get; init; } = 8L << 30;

    public int ObjectsMax { get; init; } = 1_000_000;

    /// <summary>New commits: as many as the log takes in one append.</summary>
    public int CommitsMax { get; init; } = IHistoryLog.EntriesMax;

    public int UpdatesMax { get; init; } = 1_024;

    /// <summary>Trees and tree entries that the check of one push may look at.</summary>
    public long EntriesVisitedMax { get; init; } = 50_000_000;

    /// <summary>Envelopes held in memory; those beyond go to a temporary file, deleted at once so that nothing stays after a crash.</summary>
    public int SpoolMemoryBytesMax { get; init; } = 8 << 20;

    /// <summary>Where the temporary file is made.</summary>
    public string SpoolDirectory { get; init; } = Path.GetTempPath();

    /// <summary>Pushes read and checked at a time; the others wait.</summary>
    public int ConcurrentPushesMax { get; init; } = 64;
}
