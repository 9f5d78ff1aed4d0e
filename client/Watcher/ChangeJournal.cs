using Monorepo.Core;

namespace Monorepo.Watcher;

/// <summary>A path that may have changed, with everything below it.</summary>
/// <param name="Path">Relative to the watched directory; empty is that itself.</param>
/// <param name="IsDirectory">Whether it is or was one; null: not known.</param>
public readonly record struct ChangedPath(byte[] Path, bool? IsDirectory);

/// <summary>What may have changed between two moments.</summary>
/// <param name="Now">The later one: the next question's <c>since</c>.</param>
/// <param name="IsEverything">It is not known what changed, so all may have; <paramref name="Paths"/> is empty then.</param>
/// <param name="Paths">Each once, the latest change last.</param>
public sealed record ChangeSet(WatchClock Now, bool IsEverything, IReadOnlyList<ChangedPath> Paths);

/// <summary>
/// Which paths changed when. Holds each path once, with its latest change; where very many changed it holds their directories in their place, and in the
/// end forgets the past, which callers then see as everything having changed. Thread-safe.
/// </summary>
public sealed class ChangeJournal
{
    /// <summary>Paths kept at most.</summary>
    public const int PathsMax = 32_768;

    // From so many on, what changes in a directory that is itself in the journal is noted as that directory.
    private const int CrowdedPaths = 4_096;

    // A directory stands for its entries when so many of them changed.
    private const int FoldedEntries = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], (long Sequence, bool? IsDirectory)> _latest = new(BytesComparer.Instance);
    private readonly ulong _instance;

    // In order; a path that changed again stands there again, and only its last place counts.
    private readonly List<(long Sequence, byte[] Path)> _order = [];
    private long _sequence;
    private long _floor;

    /// <param name="instance">Unlike every other watcher's.</param>
    public ChangeJournal(ulong instance) => _instance = instance;

    public WatchClock Now
    {
        get
        {
            lock (_lock)
            {
                return new WatchClock(_instance, _sequence);
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _latest.Count;
            }
        }
    }

    public void Add(ReadOnlySpan<byte> path, bool? isDirectory)
    {
        lock (_lock)
        {
            Dictionary<byte[], (long Sequence, bool? IsDirectory)>.AlternateLookup<ReadOnlySpan<byte>> latest = _latest.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (_latest.Count >= CrowdedPaths && path.LastIndexOf((byte)'/') is > 0 and int slash && latest.ContainsKey(path[..slash]))
            {
                path = path[..slash];
                isDirectory = true;
            }

            Put(latest.TryGetValue(path, out byte[]? known, out _) ? known : path.ToArray(), isDirectory);
            if (_latest.Count > PathsMax)
                Fold();
            if (_order.Count > (2 * _latest.Count) + CrowdedPaths)
                _order.RemoveAll(IsOutdated);
        }
    }

    /// <summary>From here on, everything has changed since any moment before.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            Forget();
        }
    }

    /// <summary>What changed since a moment; everything where that moment is another watcher's, or too long ago.</summary>
    public ChangeSet Since(WatchClock since)
    {
        lock (_lock)
        {
            WatchClock now = new(_instance, _sequence);
            if (since.Instance != _instance || since.Sequence < _floor || since.Sequence > _sequence)
                return new ChangeSet(now, IsEverything: true, []);
            List<ChangedPath> paths = [];
            for (int i = FirstAfter(since.Sequence); i < _order.Count; i++)
            {
                byte[] path = _order[i].Path;
                if (!IsOutdated(_order[i]))
                    paths.Add(new ChangedPath(path, _latest[path].IsDirectory));
            }

            return new ChangeSet(now, IsEverything: false, paths);
        }
    }

    private bool IsOutdated((long Sequence, byte[] Path) entry) => !_latest.TryGetValue(entry.Path, out (long Sequence, bool? IsDirectory) last) || last.Sequence != entry.Sequence;

    private void Put(byte[] path, bool? isDirectory)
    {
        _latest[path] = (++_sequence, isDirectory);
        _order.Add((_sequence, path));
    }

    private int FirstAfter(long sequence)
    {
        int low = 0;
        int high = _order.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_order[middle].Sequence <= sequence)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void Fold()
    {
        Dictionary<byte[], int> entries = new(BytesComparer.Instance);
        Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> counts = entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (byte[] path in _latest.Keys)
        {
            ReadOnlySpan<byte> parent = path.AsSpan(0, Math.Max(0, path.AsSpan().LastIndexOf((byte)'/')));
            counts[parent] = counts.TryGetValue(parent, out int count) ? count + 1 : 1;
        }

        // A directory that stands for others changed when the last of them did.
        (long Sequence, byte[] Path)[] order = [.. _order.Where(o => !IsOutdated(o))];
        Dictionary<byte[], (long Sequence, bool? IsDirectory)> before = new(_latest, BytesComparer.Instance);
        _latest.Clear();
        _order.Clear();
        foreach ((long sequence, byte[] path) in order)
        {
            int slash = Math.Max(0, path.AsSpan().LastIndexOf((byte)'/'));
            bool isFolded = slash > 0 && counts[path.AsSpan(0, slash)] >= FoldedEntries;
            byte[] kept = isFolded ? path[..slash] : path;
            _latest[kept] = (sequence, isFolded ? true : before[path].IsDirectory);
            _order.Add((sequence, kept));
        }

        _order.RemoveAll(IsOutdated);
        if (_latest.Count > PathsMax / 2)
            Forget();
    }

    private void Forget()
    {
        _latest.Clear();
        _latest.TrimExcess();
        _order.Clear();
        _order.TrimExcess();
        _floor = ++_sequence;
    }
}
