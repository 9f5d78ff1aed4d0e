using Monorepo.Core;

namespace Monorepo.Storage.InMemory;

internal sealed class InMemoryHistoryLog(ulong epoch) : IHistoryLog
{
    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private readonly Dictionary<ObjectId, long> _positions = [];

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
        StorageLimits.CheckEntries(entries.Count);
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
            List<LogEntry> run = [];
            long bytes = 0;
            for (int i = (int)position; i < _entries.Count && run.Count < Math.Min(entriesMax, IHistoryLog.EntriesMax); i++)
            {
                bytes += _entries[i].Body.Length;
                if (run.Count > 0 && bytes > bytesMax)
                {
                    break;
                }

                run.Add(_entries[i]);
            }

            return new(run);
        }
    }

    public ValueTask<IReadOnlyList<long?>> FindAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        long?[] found = new long?[ids.Length];
        lock (_lock)
        {
            for (int i = 0; i < found.Length; i++)
            {
                found[i] = _positions.TryGetValue(ids.Span[i], out long position) ? position : null;
            }
        }

        return new(found);
    }
}
