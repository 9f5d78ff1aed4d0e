using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Storage;

/// <summary>A commit of the log.</summary>
/// <param name="Id">The commit's id.</param>
/// <param name="Body">Its exact bytes.</param>
public readonly record struct LogEntry(ObjectId Id, ReadOnlyMemory<byte> Body);

/// <summary>Consecutive commits that are sealed: the same bytes forever.</summary>
/// <param name="Position">Of the first commit.</param>
/// <param name="Count">How many.</param>
/// <param name="Bytes">As the format of segments lays them out; see <see cref="Formats.History.SegmentReader"/>.</param>
public sealed record SealedSegment(long Position, int Count, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The position after the last commit.</summary>
    public long End => Position + Count;
}

/// <summary>What became of an append.</summary>
public enum AppendResult
{
    Appended,

    /// <summary>The log's length was not the expected one: another writer was first. Read the length and try again.</summary>
    LengthChanged,
}

/// <summary>
/// All commits of a repository in the order they were accepted: position 0, 1, 2, …, parents before children, each once.
/// A position never changes while the epoch stays. Commits rest one by one at first; whenever there are enough of them, the engine seals them in a
/// segment in the background. That changes nothing of what the other members say.
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
    /// <exception cref="ArgumentException">
    /// An entry is in the log already, or twice in the batch, or larger than <see cref="SegmentFormat.BodyBytesMax"/>: a broken caller.
    /// </exception>
    ValueTask<AppendResult> AppendAsync(long expectedLength, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken);

    /// <summary>Consecutive entries from a position on, as many as fit in both limits, at least one unless the position is the length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative or past the length.</exception>
    ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long position, int entriesMax, int bytesMax, CancellationToken cancellationToken);

    /// <summary>The sealed segment that holds a position; null where it is not sealed, or past the length.</summary>
    ValueTask<SealedSegment?> ReadSegmentAsync(long position, CancellationToken cancellationToken);

    /// <summary>
    /// Seals all that is due, and returns when that is durable. Appends start the same in the background; this waits for it, and throws what
    /// it failed with. A failure leaves the commits as they were.
    /// </summary>
    ValueTask SealAsync(CancellationToken cancellationToken);

    /// <summary>For each id its position, or null where it is not in the log.</summary>
    ValueTask<IReadOnlyList<long?>> FindAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);
}
