using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

public sealed class ObjectCacheProcessTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _deadline = new(s_patience);

    public void Dispose()
    {
        _deadline.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Processes_write_at_once_and_all_is_read()
    {
        const int Batches = 40;
        const int Writers = 4;

        // Neighbours overlap by half, so that the same objects come from two processes.
        const int Step = Batches * CacheWriterProcess.EntriesPerBatch / 2;
        ChildProcess[] writers = [.. Enumerable.Range(0, Writers).Select(w => CacheWriterProcess.Start(_directory.Path, w * Step, Batches))];
        using ObjectCache beside = new(_directory.Path, CacheWriterProcess.Options);
        foreach (ChildProcess writer in writers)
        {
            Assert.Equal(0, await writer.WaitForExitAsync(_deadline.Token));
            writer.Dispose();
        }

        List<CacheWarning> warnings = [];
        using ObjectCache cache = new(_directory.Path, CacheWriterProcess.Options with { OnWarning = warnings.Add });
        for (int i = 0; i < (Writers + 1) * Step; i++)
        {
            Assert.NotNull(cache.TryRead(ObjectCacheTests.Entry(i).Id));
            Assert.NotNull(beside.TryRead(ObjectCacheTests.Entry(i).Id));
        }

        Assert.Empty(warnings);
    }

    [Fact]
    public async Task What_a_killed_process_wrote_is_whole_and_the_next_carries_on()
    {
        for (int round = 0; round < 5; round++)
        {
            using ChildProcess writer = CacheWriterProcess.Start(_directory.Path, round * 100_000, batches: 5000);
            int written = 0;
            while (written < 3 + round)
            {
                Assert.True(await writer.WaitForLineAsync(_deadline.Token));
                written++;
            }

            writer.Kill();
            List<CacheWarning> warnings = [];
            using ObjectCache cache = new(_directory.Path, CacheWriterProcess.Options with { OnWarning = warnings.Add });
            for (int i = 0; i < written * CacheWriterProcess.EntriesPerBatch; i++)
            {
                Assert.NotNull(cache.TryRead(ObjectCacheTests.Entry((round * 100_000) + i).Id));
            }

            // No lock of the dead one is left: the same packs take more.
            Assert.True(cache.Add([ObjectCacheTests.Entry(90_000_000 + round)]));
            Assert.Empty(warnings);
        }
    }
}
