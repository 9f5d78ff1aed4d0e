namespace Monorepo.Workspace.Remote;

/// <summary>What a command asked of the server and of the cache, by kind. Thread-safe; counts only go up.</summary>
public sealed class FetchStats
{
    private static readonly FetchKind[] s_kinds = Enum.GetValues<FetchKind>();

    private readonly Lock _lock = new();
    private readonly Account[] _accounts = [.. s_kinds.Select(_ => new Account())];
    private readonly List<string> _fallbacks = [];

    /// <summary>A request that waits for its first answer.</summary>
    public void AddRoundTrip(FetchKind kind = FetchKind.Contents) => Interlocked.Increment(ref Of(kind).RoundTrips);

    /// <summary>Objects and their envelopes' bytes as they came.</summary>
    public void AddReceived(FetchKind kind, long objects, long bytes)
    {
        Interlocked.Add(ref Of(kind).Objects, objects);
        Interlocked.Add(ref Of(kind).BytesReceived, bytes);
    }

    /// <summary>Objects found here.</summary>
    public void AddCacheHits(FetchKind kind, long objects) => Interlocked.Add(ref Of(kind).CacheHits, objects);

    /// <summary>Time some fetch was under way; fetches beside each other count each.</summary>
    public void AddWaited(FetchKind kind, TimeSpan time) => Interlocked.Add(ref Of(kind).WaitedTicks, time.Ticks);

    /// <summary>Objects came this way: "ucx", "grpc"; "cache" where another process of this user fetched them.</summary>
    public void AddTransport(string name, FetchKind kind = FetchKind.Contents)
    {
        lock (_lock)
        {
            Of(kind).Transports.Add(name);
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
            return new FetchReport([.. s_kinds.Select(kind => Of(kind).Snapshot(kind))], [.. _fallbacks]);
        }
    }

    private Account Of(FetchKind kind) => _accounts[(int)kind];

    private sealed class Account
    {
        public readonly SortedSet<string> Transports = new(StringComparer.Ordinal);
        public long RoundTrips;
        public long Objects;
        public long BytesReceived;
        public long CacheHits;
        public long WaitedTicks;

        public FetchLine Snapshot(FetchKind kind) => new(
            kind, Interlocked.Read(ref RoundTrips), Interlocked.Read(ref Objects), Interlocked.Read(ref BytesReceived), Interlocked.Read(ref CacheHits),
            [.. Transports], new TimeSpan(Interlocked.Read(ref WaitedTicks)));
    }
}
