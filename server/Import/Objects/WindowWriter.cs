using System.Collections.Concurrent;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;

namespace Monorepo.Import.Objects;

/// <summary>
/// Writes windows: the objects of a path one after the other, several paths at once; then the commits. Reading versions of a path together is also
/// how a pack's deltas are read fastest. One window at a time.
/// </summary>
internal sealed class WindowWriter(GitSource source, IImportTarget target, int parallelism, Action onWritten) : IDisposable
{
    /// <summary>A slice ends with a directory, with a path, or in the midst of one, when it has so many objects.</summary>
    private const int SliceObjectsAtPlace = 1_024;

    private const int SliceObjectsAtPath = 2_048;
    private const int SliceObjectsMax = 4_096;

    private readonly ConcurrentBag<BatchWriter> _writers = [];
    private readonly Lock _reporting = new();
    private PendingObject[] _sorted = [];
    private ulong[] _keys = [];
    private int[] _order = [];

    /// <summary>Objects that are durably written.</summary>
    public long Objects { get; private set; }

    /// <summary>Bytes of those objects before compression.</summary>
    public long Bytes { get; private set; }

    /// <summary>Commits that are durably in the log.</summary>
    public long Commits { get; private set; }

    /// <summary>Writes a window durably.</summary>
    /// <exception cref="ImportException">An object is missing or damaged; then no commit of the window is appended.</exception>
    public async Task WriteAsync(ImportWindow window, CancellationToken cancellationToken)
    {
        // One more than work at a time: that one waits for the disk.
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism + 1, CancellationToken = cancellationToken };
        Sort(window.Objects);
        ReadOnlyMemory<PendingObject> sorted = _sorted.AsMemory(0, window.Objects.Count);
        await Parallel.ForEachAsync(Slice(sorted), options, async (range, token) =>
        {
            if (!_writers.TryTake(out BatchWriter? writer))
                writer = new BatchWriter(source.CreateReader(), target, Count);
            await writer.WriteAsync(sorted[range], token);
            _writers.Add(writer);
        });
        for (int start = 0; start < window.Commits.Count;)
        {
            int end = start;
            for (long bytes = 0; end < window.Commits.Count && end - start < ImportLimits.AppendCommitsMax && bytes < ImportLimits.AppendBytesMax; end++)
                bytes += window.Commits[end].Body.Length;
            await target.AppendCommitsAsync(window.Commits[start..end], cancellationToken);
            Commits += end - start;
            start = end;
            onWritten();
        }
    }

    /// <summary>After the last write has ended.</summary>
    public void Dispose()
    {
        while (_writers.TryTake(out BatchWriter? writer))
            writer.Dispose();
    }

    private void Count(int objects, long bytes)
    {
        lock (_reporting)
        {
            Objects += objects;
            Bytes += bytes;
            onWritten();
        }
    }

    private void Sort(List<PendingObject> objects)
    {
        int count = objects.Count;
        if (_sorted.Length < count)
        {
            _sorted = new PendingObject[count];
            _keys = new ulong[count];
            _order = new int[count];
        }

        for (int i = 0; i < count; i++)
        {
            _keys[i] = objects[i].Locality.Value;
            _order[i] = i;
        }

        Array.Sort(_keys, _order, 0, count);
        for (int start = 0; start < count;)
        {
            // The sort does not keep the order of equal ones, which is that of time.
            int end = start + 1;
            while (end < count && _keys[end] == _keys[start])
                end++;
            Array.Sort(_order, start, end - start);
            for (; start < end; start++)
                _sorted[start] = objects[_order[start]];
        }
    }

    private static IEnumerable<Range> Slice(ReadOnlyMemory<PendingObject> all)
    {
        int start = 0;
        for (int end = 1; end <= all.Length; end++)
        {
            ReadOnlySpan<PendingObject> sorted = all.Span;
            int count = end - start;
            bool isEnd = end == sorted.Length || count >= SliceObjectsMax
                || (count >= SliceObjectsAtPath && sorted[end].Locality != sorted[end - 1].Locality)
                || (count >= SliceObjectsAtPlace && sorted[end].Locality.Place != sorted[end - 1].Locality.Place);
            if (!isEnd)
                continue;
            yield return start..end;
            start = end;
        }
    }
}
