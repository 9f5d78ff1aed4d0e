namespace Monorepo.Storage.RocksDb;

/// <summary>
/// Makes writes durable in groups: writers write without sync, take a ticket, and wait here; the first of them syncs the log once for
/// everyone who has written by then. Thread-safe.
/// </summary>
internal sealed class WalSync(Action sync)
{
    private readonly Lock _syncing = new();
    private long _written;
    private long _synced;

    /// <summary>To be called after a write; the ticket covers it and everything written before.</summary>
    public long TakeTicket() => Interlocked.Increment(ref _written);

    /// <summary>The ticket of the newest write, for callers that rely on somebody else's.</summary>
    public long NewestTicket => Interlocked.Read(ref _written);

    /// <summary>Returns when everything up to the ticket is durable.</summary>
    public void Through(long ticket)
    {
        if (Interlocked.Read(ref _synced) >= ticket)
            return;

        lock (_syncing)
        {
            if (_synced >= ticket)
                return;

            // Read before the sync: a write that comes during it may be covered or not.
            long covered = Interlocked.Read(ref _written);
            sync();
            Interlocked.Exchange(ref _synced, covered);
        }
    }
}
