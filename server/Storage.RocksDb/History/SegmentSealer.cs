using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.History;

/// <summary>
/// Moves the bodies of the log's oldest unsealed entries to a segment, whenever there are enough for one: one batch writes the segment and leaves
/// the ids of its commits in <c>log</c>, so that a crash finds all of it or nothing. One task at a time for a repository, in the background: the
/// writer that completes a segment does not wait for 8,192 commits to be compressed. Thread-safe.
/// </summary>
internal sealed class SegmentSealer
{
    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly LogReader _reader;
    private readonly int _segmentCommits;
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isAsked;
    private bool _isStopping;
    private long _sealed;
    private long _length;
    private long _bytes;

    /// <param name="length">The log's. What is due by then is sealed at once.</param>
    public SegmentSealer(StoreDatabase store, uint repository, LogReader reader, int segmentCommits, long length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(segmentCommits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(segmentCommits, SegmentFormat.CommitsPerSegment);
        _store = store;
        _repository = repository;
        _reader = reader;
        _segmentCommits = segmentCommits;
        _sealed = store.FindLastPosition(store.Segments, repository) + 1 ?? 0;
        Grow(length, 0);
    }

    /// <summary>Tells that the log has grown.</summary>
    /// <param name="bytes">Of the bodies that came.</param>
    public void Grow(long length, long bytes)
    {
        lock (_lock)
        {
            _length = length;
            _bytes += bytes;

            // Bytes before a restart are not counted: a segment that they would have closed early is closed a little later.
            if (_length - _sealed >= _segmentCommits || _bytes > SegmentFormat.BodyBytesMax)
                _ = Start();
        }
    }

    /// <summary>Seals what is due.</summary>
    public Task RunAsync()
    {
        lock (_lock)
            return Start();
    }

    public async Task StopAsync()
    {
        Task running;
        lock (_lock)
        {
            _isStopping = true;
            running = _running;
        }

        // What failed stays as it was, and whoever calls RunAsync after the next start is told.
        await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private Task Start()
    {
        if (_isStopping)
            return _running;

        // A task that runs looks once more before it ends.
        _isAsked = true;
        if (_isRunning)
            return _running;

        _isRunning = true;
        _running = Task.Run(SealAll);
        return _running;
    }

    private void SealAll()
    {
        try
        {
            while (GoOn())
                _store.Run(SealOne);
        }
        catch
        {
            lock (_lock)
                _isRunning = false;
            throw;
        }
    }

    /// <summary>Whether there may be a segment to seal; if not, the task ends, and the next to ask starts another.</summary>
    private bool GoOn()
    {
        lock (_lock)
        {
            bool isDue = !_isStopping && (_isAsked || _length - _sealed >= _segmentCommits || _bytes > SegmentFormat.BodyBytesMax);
            _isAsked = false;
            _isRunning = isDue;
            return isDue;
        }
    }

    private bool SealOne()
    {
        long position;
        long length;
        lock (_lock)
        {
            position = _sealed;
            length = _length;
        }

        List<LogEntry> entries = _reader.Read(position, length, _segmentCommits, SegmentFormat.BodyBytesMax);
        if (!LogSegments.IsDue(entries.Count, _segmentCommits, isEnd: position + entries.Count == length))
        {
            lock (_lock)
                _bytes = entries.Sum(static e => (long)e.Body.Length);
            return false;
        }

        byte[] segment = Encode(position, entries);
        Write(position, entries, segment);
        lock (_lock)
        {
            _sealed = position + entries.Count;
            _bytes = Math.Max(0, _bytes - entries.Sum(static e => (long)e.Body.Length));
        }

        return true;
    }

    private byte[] Encode(long position, List<LogEntry> entries)
    {
        try
        {
            LogParents parents = new(position, entries);
            foreach (ObjectId[] slice in parents.Outside.Chunk(IObjectStore.IdsMax))
                parents.Resolve(slice, _reader.Find(slice));
            return LogSegments.Encode(position, entries, parents, SegmentFormat.SealedLevel);
        }
        catch (MalformedObjectException e)
        {
            throw StorageFailures.Corrupt($"the log's entries from {position} on hold what is no commit: {e.Message}");
        }
    }

    private void Write(long position, List<LogEntry> entries, byte[] segment)
    {
        using WriteBatch batch = new();
        batch.Put(_store.Segments, StoreKeys.Position(_repository, position + entries.Count - 1), segment);
        Span<byte> key = stackalloc byte[StoreKeys.PositionBytes];
        for (int i = 0; i < entries.Count; i++)
        {
            ObjectId id = entries[i].Id;
            StoreKeys.WritePosition(key, _repository, position + i);
            batch.Put(_store.Log, key, id.AsSpan());
        }

        _store.Database.Write(batch, sync: true);
    }
}
