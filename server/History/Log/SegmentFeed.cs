using Monorepo.Formats.Protos;
using Monorepo.Storage;

namespace Monorepo.History.Log;

/// <summary>
/// The segments of one answer, in order: sealed ones as they are stored, the rest encoded for it. Those of other answers are shared through the cache.
/// </summary>
/// <param name="length">Where the answer ends: what is appended later is not in it.</param>
internal sealed class SegmentFeed(IRepository repository, SegmentCache cache, long length)
{
    private readonly IHistoryLog _log = repository.History;

    /// <summary>What a client takes next that has all before a position.</summary>
    /// <param name="held">The beginning it holds of it already, from an answer that was cut; null where there is none.</param>
    /// <returns>Null at the end.</returns>
    public async Task<FeedItem?> ReadAsync(long position, SegmentBeginning? held, CancellationToken cancellationToken)
    {
        if (position >= length)
        {
            return null;
        }

        SealedSegment? stored = await cache.GetAsync(
            Range(position, null), async () => await _log.ReadSegmentAsync(position, CancellationToken.None), cancellationToken);

        // One that was sealed after the length was read may end past it.
        if (stored is not null && stored.Position == position && stored.End <= length && (held is null || Fits(held, stored)))
        {
            return new FeedItem(stored, IsSealed: true, Offset(held, stored));
        }

        // The client goes on with what it was sent before, though more may have come since, or have been sealed.
        long end = Math.Min(length, stored?.End ?? length);
        end = held is null ? end : Math.Min(end, position + held.Count);
        SealedSegment encoded = (await cache.GetAsync(
            Range(position, end), async () => await LogSegments.EncodeAsync(_log, position, end, CancellationToken.None), cancellationToken))!;
        return stored is not null && stored.Position == position && stored.End <= length && held is not null && !Fits(held, encoded)
            ? new FeedItem(stored, IsSealed: true, 0)
            : new FeedItem(encoded, IsSealed: false, Offset(held, encoded));
    }

    private SegmentRange Range(long position, long? end) => new(repository.Name, _log.Epoch, position, end);

    private static bool Fits(SegmentBeginning held, SealedSegment segment) => held.Count == segment.Count && held.TotalBytes == segment.Bytes.Length;

    private static int Offset(SegmentBeginning? held, SealedSegment segment) => held is not null && Fits(held, segment) ? (int)held.Bytes : 0;
}

/// <summary>A segment to send from an offset on.</summary>
internal sealed record FeedItem(SealedSegment Segment, bool IsSealed, int Offset);
