namespace Monorepo.Storage.RocksDb.Tests;

public sealed class WalSyncTests
{
    [Fact]
    public void One_sync_serves_everyone_who_has_written_by_then()
    {
        int syncs = 0;
        WalSync sync = new(() => syncs++);
        long first = sync.TakeTicket();
        long second = sync.TakeTicket();
        sync.Through(second);
        sync.Through(first);
        Assert.Equal(1, syncs);
        sync.Through(sync.NewestTicket);
        Assert.Equal(1, syncs);
        sync.Through(sync.TakeTicket());
        Assert.Equal(2, syncs);
    }

    [Fact]
    public void A_failed_sync_promises_nothing()
    {
        bool fail = true;
        int syncs = 0;
        WalSync sync = new(() =>
        {
            syncs++;
            if (fail)
                throw new IOException("disk");
        });
        long ticket = sync.TakeTicket();
        Assert.Throws<IOException>(() => sync.Through(ticket));
        fail = false;
        sync.Through(ticket);
        Assert.Equal(2, syncs);
    }

    [Fact]
    public async Task A_write_during_a_sync_waits_for_the_next()
    {
        using SemaphoreSlim entered = new(0);
        using SemaphoreSlim proceed = new(0);
        int syncs = 0;
        WalSync sync = new(() =>
        {
            Interlocked.Increment(ref syncs);
            entered.Release();
            proceed.Wait();
        });
        long first = sync.TakeTicket();
        Task firstWaits = Task.Run(() => sync.Through(first));
        await entered.WaitAsync();
        long second = sync.TakeTicket();
        Task secondWaits = Task.Run(() => sync.Through(second));
        proceed.Release();
        await firstWaits;
        await entered.WaitAsync();
        Assert.False(secondWaits.IsCompleted);
        proceed.Release();
        await secondWaits;
        Assert.Equal(2, syncs);
    }
}
