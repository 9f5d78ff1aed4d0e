using Monorepo.Core;
using Monorepo.Storage;
using Monorepo.Testing.Objects;
using Xunit;

namespace Monorepo.Testing.Storage;

public abstract partial class StorageEngineConformance
{
    private static readonly RefName s_ref = RefName.Parse("refs/heads/a");

    [Fact]
    public async Task The_ref_log_keeps_as_many_as_told_and_offsets_go_on()
    {
        IRepository repository = await MoveAsync(10);
        Assert.Equal(0, await repository.Refs.TrimLogAsync(10, null, Cancel));
        Assert.Equal(7, await repository.Refs.TrimLogAsync(3, null, Cancel));
        for (int i = 0; i < 2; i++)
        {
            RefLogPage page = await repository.Refs.ReadLogAsync(7, 10, int.MaxValue, Cancel);
            Assert.Equal((8, 10, false), (page.EarliestOffset, page.LatestOffset, page.IsLost(7)));
            Assert.Equal([8L, 9L, 10L], page.Updates.Select(u => u.Offset));
            RefLogPage lost = await repository.Refs.ReadLogAsync(6, 10, int.MaxValue, Cancel);
            Assert.True(lost.IsLost(6));
            Assert.Empty(lost.Updates);
            await ReopenAsync();
            repository = await RepositoryAsync();
        }

        // The newest stays whatever is asked: it is where offsets go on.
        Assert.Equal(2, await repository.Refs.TrimLogAsync(1, long.MaxValue, Cancel));
        await ReopenAsync();
        repository = await RepositoryAsync();
        RefUpdateResult next = await repository.Refs.UpdateAsync([new(s_ref, Sample.Commit(9).Id, null)], null, Cancel);
        Assert.Equal(11, next.Offset);
        Assert.Equal((11, 10), ((await repository.Refs.ReadAsync(Cancel)).Offset, (await repository.Refs.ReadLogAsync(9, 1, 1, Cancel)).EarliestOffset));
    }

    [Fact]
    public async Task The_ref_log_drops_what_is_old()
    {
        IRepository repository = await MoveAsync(5);
        RefLogPage page = await repository.Refs.ReadLogAsync(0, 10, int.MaxValue, Cancel);
        Assert.Equal(0, await repository.Refs.TrimLogAsync(long.MaxValue, page.Updates[0].UnixMilliseconds, Cancel));
        Assert.Equal(4, await repository.Refs.TrimLogAsync(long.MaxValue, page.Updates[^1].UnixMilliseconds + 1, Cancel));
        Assert.Equal(5, (await repository.Refs.ReadLogAsync(4, 10, int.MaxValue, Cancel)).EarliestOffset);
    }

    [Fact]
    public async Task A_page_of_the_ref_log_ends_at_its_bytes_and_holds_one_at_least()
    {
        IRepository repository = await MoveAsync(5);
        Assert.Single((await repository.Refs.ReadLogAsync(0, 10, 1, Cancel)).Updates);
        Assert.Equal(5, (await repository.Refs.ReadLogAsync(0, 10, 10_000, Cancel)).Updates.Count);
        Assert.Equal(2, (await repository.Refs.ReadLogAsync(3, 10, 10_000, Cancel)).Updates.Count);
        RefLogPage empty = await repository.Refs.ReadLogAsync(5, 10, 10_000, Cancel);
        Assert.Equal((1, 5, false), (empty.EarliestOffset, empty.LatestOffset, empty.IsLost(5)));
    }

    [Fact]
    public async Task An_empty_ref_log_has_nothing_to_lose()
    {
        IRepository repository = await RepositoryAsync();
        RefLogPage page = await repository.Refs.ReadLogAsync(0, 10, 10, Cancel);
        Assert.Equal((1, 0, false), (page.EarliestOffset, page.LatestOffset, page.IsLost(0)));
        Assert.Equal(0, await repository.Refs.TrimLogAsync(1, long.MaxValue, Cancel));
    }

    [Fact]
    public async Task Whoever_waits_for_an_update_is_woken_by_it()
    {
        IRepository repository = await MoveAsync(2);
        await repository.Refs.WaitForUpdateAsync(1, Cancel);
        Task[] waiters = [.. Enumerable.Range(0, 3).Select(_ => repository.Refs.WaitForUpdateAsync(2, Cancel))];
        using CancellationTokenSource gone = new();
        Task cancelled = repository.Refs.WaitForUpdateAsync(2, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.All(waiters, w => Assert.False(w.IsCompleted));
        await repository.Refs.UpdateAsync([new(s_ref, Sample.Commit(1).Id, null)], null, Cancel);
        await Task.WhenAll(waiters).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    /// <summary>A repository whose ref was made and moved, so many updates in all.</summary>
    private async Task<IRepository> MoveAsync(int updates)
    {
        IRepository repository = await RepositoryAsync();
        ObjectId? at = null;
        for (int i = 0; i < updates; i++)
        {
            ObjectId next = Sample.Commit(i).Id;
            await repository.Refs.UpdateAsync([new(s_ref, at, next)], null, Cancel);
            at = next;
        }

        return repository;
    }
}
