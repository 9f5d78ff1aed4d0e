using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Storage;

/// <summary>Makes segments of a log's entries.</summary>
public static class LogSegments
{
    /// <summary>
    /// A segment of entries from a position on, made to be sent once: all up to <paramref name="end"/> that one segment may hold.
    /// </summary>
    /// <param name="log">Holds the positions and the parents of their commits.</param>
    /// <param name="end">After <paramref name="position"/>, at most the log's length.</param>
    public static async Task<SealedSegment> EncodeAsync(IHistoryLog log, long position, long end, CancellationToken cancellationToken)
    {
        int entriesMax = (int)Math.Min(SegmentFormat.CommitsPerSegment, end - position);
        IReadOnlyList<LogEntry> entries = await log.ReadAsync(position, entriesMax, SegmentFormat.BodyBytesMax, cancellationToken);
        LogParents parents = new(position, entries);
        foreach (ObjectId[] slice in parents.Outside.Chunk(IObjectStore.IdsMax))
        {
            IReadOnlyList<long?> positions = await log.FindAsync(slice, cancellationToken);
            parents.Resolve(slice, positions);
        }

        byte[] bytes = await Task.Run(() => Encode(position, entries, parents, SegmentFormat.PassingLevel), cancellationToken);
        return new SealedSegment(position, entries.Count, bytes);
    }

    /// <param name="parents">Resolved.</param>
    /// <param name="level">zstd's.</param>
    public static byte[] Encode(long position, IReadOnlyList<LogEntry> entries, LogParents parents, int level) =>
        SegmentEncoder.Encode(position, [.. entries.Select(static e => e.Body)], parents, level);

    /// <summary>Whether consecutive entries are a whole segment: as many as one holds, or all that fit before a larger one.</summary>
    /// <param name="count">Entries that were read with <see cref="SegmentFormat.BodyBytesMax"/> as the limit of bytes.</param>
    /// <param name="segmentCommits">Commits a segment is sealed at.</param>
    /// <param name="isEnd">Whether the log ends after them.</param>
    public static bool IsDue(int count, int segmentCommits, bool isEnd) => count == segmentCommits || (count > 0 && !isEnd);
}

/// <summary>Where the parents of some entries stand. Not thread-safe while it is resolved.</summary>
public sealed class LogParents : IParentPositions
{
    private readonly Dictionary<ObjectId, long> _positions = [];
    private readonly HashSet<ObjectId> _outside = [];

    /// <exception cref="MalformedObjectException">An entry is no commit.</exception>
    public LogParents(long position, IReadOnlyList<LogEntry> entries)
    {
        foreach (LogEntry entry in entries)
        {
            foreach (ObjectId parent in Commit.Parse(entry.Body).Parents)
            {
                if (!_positions.ContainsKey(parent))
                {
                    _outside.Add(parent);
                }
            }

            _positions.Add(entry.Id, position++);
        }
    }

    /// <summary>Parents that are none of the entries: to be looked up and given to <see cref="Resolve"/>.</summary>
    public IReadOnlyCollection<ObjectId> Outside => _outside;

    /// <summary>Takes positions as <see cref="IHistoryLog.FindAsync"/> gives them.</summary>
    public void Resolve(ReadOnlySpan<ObjectId> ids, IReadOnlyList<long?> positions)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (positions[i] is { } position)
            {
                _positions[ids[i]] = position;
            }
        }
    }

    public long Find(in ObjectId id) => _positions.TryGetValue(id, out long position) ? position : -1;
}
