using Monorepo.Core;

namespace Monorepo.Storage;

/// <summary>A commit of the log.</summary>
/// <param name="Id">The commit's id.</param>
/// <param name="Body">Its exact bytes.</param>
public readonly record struct LogEntry(ObjectId Id, ReadOnlyMemory<byte> Body);

/// <summary>What became of an append.</summary>
public enum AppendResult
{
    Appended,

    /// <summary>The log's length was not the expected one: another writer was first. Read the length and try again.</summary>
    LengthChanged,
}

/// <summary>
/// All commits of a repository in the order they were accepted: position 0, 1, 2, …, parents before children, each once.
/// A position never changes while the epoch stays.
/// </summary>
public interface IHistoryLog
{
    /// <summary>Entries one append or read may hold.</summary>
    const int EntriesMax = 65_536;

    /// <summary>Names this numbering; not 0, fixed when the repository is made, changed only by a rebuild of the log.</summary>
    ulong Epoch { get; }

    ValueTask<long> GetLengthAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Appends all entries or none, durably. The caller promises that parents stand before children, that every object of
    /// these commits is stored, and that none of them is in the log yet.
    /// </summary>
    /// <exception cref="ArgumentException">An entry is in the log already, or twice in the batch: a broken caller.</exception>
    ValueTask<AppendResult> AppendAsync(long expectedLength, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken);

    /// <summary>Consecutive entries from a position on, as many as fit in both limits, at least one unless the position is the length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative or past the length.</exception>
    ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long position, int entriesMax, int bytesMax, CancellationToken cancellationToken);

    /// <summary>For each id its position, or null where it is not in the log.</summary>
    ValueTask<IReadOnlyList<long?>> FindAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);
}
