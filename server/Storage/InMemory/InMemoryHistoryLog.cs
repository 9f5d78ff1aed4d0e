using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Storage.InMemory;

/// <summary>Keeps every entry, and the segments of those that are sealed beside them.</summary>
internal sealed class InMemoryHistoryLog(ulong epoch, int segmentCommits) : IHistoryLog
{
    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private readonly Dictionary<ObjectId, long> _positions = [];
    private readonly List<SealedSegment> _segments = [];

    public ulong Epoch { get; } = epoch;

    public ValueTask<long> GetLengthAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_entries.Count);
        }
    }

    public ValueTask<AppendResult> AppendAsync(long expectedLength, IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        StorageLimits.CheckEntries(entries);
        lock (_lock)
        {
            if (expectedLength != _entries.Count)
            {
                return new(AppendResult.LengthChanged);
            }

            HashSet<ObjectId> fresh = [];
            foreach (LogEntry entry in entries)
            {
                if (_positions.ContainsKey(entry.Id) || !fresh.Add(entry.Id))
                {
                    throw new ArgumentException($"Commit {entry.Id} is in the log already.", nameof(entries));
                }
            }

            foreach (LogEntry entry in entries)
            {
                _positions.Add(entry.Id, _entries.Count);
                _entries.Add(new LogEntry(entry.Id, entry.Body.ToArray()));
            }

            return new(AppendResult.Appended);
        }
    }

    public ValueTask<IReadOnlyList<LogEntry>> ReadAsync(long position, int entriesMax, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(entriesMax);
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _entries.Count);
            return new(Read((int)position, entriesMax, bytesMax));
        }
    }

    public ValueTask<SealedSegment?> ReadSegmentAsync(long position, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        lock (_lock)
        {
            // Reading seals: there is no background here, and nobody can tell the difference.
            Seal();
            return new(_segments.Find(s => position >= s.Position && position < s.End));
        }
    }

    public ValueTask SealAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Seal();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<long?>> FindAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        lock (_lock)
        {
            return new(Find(ids.Span));
        }
    }

    private List<LogEntry> Read(int position, int entriesMax, int bytesMax)
    {
        List<LogEntry> run = [];
        long bytes = 0;
        for (int i = position; i < _entries.Count && run.Count < Math.Min(entriesMax, IHistoryLog.EntriesMax); i++)
        {
            bytes += _entries[i].Body.Length;
            if (run.Count > 0 && bytes > bytesMax)
            {
                break;
            }

            run.Add(_entries[i]);
        }

        return run;
    }

    private void Seal()
    {
        while (true)
        {
            int start = _segments.Count == 0 ? 0 : (int)_segments[^1].End;
            List<LogEntry> open = Read(start, segmentCommits, SegmentFormat.BodyBytesMax);
            if (!LogSegments.IsDue(open.Count, segmentCommits, isEnd: start + open.Count == _entries.Count))
            {
                return;
            }

            LogParents parents = new(start, open);
            ObjectId[] outside = [.. parents.Outside];
            parents.Resolve(outside, Find(outside));
            _segments.Add(new SealedSegment(start, open.Count, LogSegments.Encode(start, open, parents, SegmentFormat.SealedLevel)));
        }
    }

    private long?[] Find(ReadOnlySpan<ObjectId> ids)
    {
        long?[] found = new long?[ids.Length];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = _positions.TryGetValue(ids[i], out long position) ? position : null;
        }

        return found;
    }
}
