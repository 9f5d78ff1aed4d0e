using System.Globalization;

namespace Monorepo.Workspace.Remote;

/// <summary>What a command asked of the server and of the cache. Thread-safe; counts only go up.</summary>
public sealed class FetchStats
{
    private readonly Lock _lock = new();
    private readonly SortedSet<string> _transports = new(StringComparer.Ordinal);
    private readonly List<string> _fallbacks = [];
    private long _roundTrips;
    private long _objects;
    private long _bytesReceived;
    private long _cacheHits;
    private long _waitedTicks;

    /// <summary>A request that waits for its first answer.</summary>
    public void AddRoundTrip() => Interlocked.Increment(ref _roundTrips);

    /// <summary>Objects and their envelopes' bytes as they came.</summary>
    public void AddReceived(long objects, long bytes)
    {
        Interlocked.Add(ref _objects, objects);
        Interlocked.Add(ref _bytesReceived, bytes);
    }

    public void AddCacheHits(long objects) => Interlocked.Add(ref _cacheHits, objects);

    /// <summary>Time some fetch was under way; fetches beside each other count each.</summary>
    public void AddWaited(TimeSpan time) => Interlocked.Add(ref _waitedTicks, time.Ticks);

    /// <summary>Objects came this way: "ucx", "grpc".</summary>
    public void AddTransport(string name)
    {
        lock (_lock)
        {
            _transports.Add(name);
        }
    }

    /// <summary>Why a slower way was taken.</summary>
    public void AddFallback(string reason)
    {
        lock (_lock)
        {
            _fallbacks.Add(reason);
        }
    }

    public FetchReport Snapshot()
    {
        lock (_lock)
        {
            return new FetchReport(
                Interlocked.Read(ref _roundTrips), Interlocked.Read(ref _objects), Interlocked.Read(ref _bytesReceived), Interlocked.Read(ref _cacheHits),
                [.. _transports], [.. _fallbacks], new TimeSpan(Interlocked.Read(ref _waitedTicks)));
        }
    }
}

/// <param name="RoundTrips">Requests sent.</param>
/// <param name="Objects">Objects received.</param>
/// <param name="BytesReceived">Bytes of their envelopes and of history segments, without framing.</param>
/// <param name="CacheHits">Objects found here.</param>
/// <param name="Transports">The ways objects came, sorted.</param>
/// <param name="Fallbacks">Why slower ways were taken, in order.</param>
/// <param name="Waited">Time fetches took, summed.</param>
public sealed record FetchReport(
    long RoundTrips, long Objects, long BytesReceived, long CacheHits, IReadOnlyList<string> Transports, IReadOnlyList<string> Fallbacks, TimeSpan Waited)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{RoundTrips} round trips, {Objects} objects, {BytesReceived} bytes received, {CacheHits} from the cache, by {(Transports.Count == 0 ? "nothing" : string.Join('+', Transports))}, {Waited.TotalSeconds:0.00} s");
}
