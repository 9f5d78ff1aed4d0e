namespace Monorepo.Blobs.Ucx.Server;

/// <summary>All the server's loops: where a new connection goes, and how many there are. Thread-safe once the loops are set.</summary>
internal sealed class ServerTeam
{
    private int _sessions;

    internal IReadOnlyList<ServerLoop> Loops { get; set; } = [];

    /// <summary>False: there are as many sessions as may be.</summary>
    internal bool TryEnter(int sessionsMax)
    {
        if (Interlocked.Increment(ref _sessions) <= sessionsMax)
            return true;
        Interlocked.Decrement(ref _sessions);
        return false;
    }

    internal void Leave() => Interlocked.Decrement(ref _sessions);

    /// <summary>By connections: a client's are spread over the loops when they come one after the other.</summary>
    internal ServerLoop LeastBusy() => Loops.MinBy(static loop => loop.SessionsOpen)!;
}
