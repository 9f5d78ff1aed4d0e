using Monorepo.Blobs.Memory;

namespace Monorepo.Blobs.Tests.Memory;

public sealed unsafe class NativeArenaTests
{
    [Fact]
    public void Runs_are_apart_and_the_whole_arena_can_be_had()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        using NativeArena arena = new(200L * NativeArena.PageBytes);
        bool[] used = new bool[200];
        List<(nint Address, int Pages)> held = [];
        for (int round = 0; round < 5_000; round++)
        {
            int pages = random.Next(1, round % 10 == 0 ? 120 : 8);
            byte* address = arena.TryRent(pages, MemoryOwner.HotSet);
            if (address != null)
            {
                int first = (int)((address - arena.Address) / NativeArena.PageBytes);
                for (int page = first; page < first + pages; page++)
                {
                    Assert.False(used[page], $"seed {seed}, round {round}: page {page} was given out twice");
                    used[page] = true;
                }

                held.Add(((nint)address, pages));
            }
            else
            {
                Assert.False(HasRun(used, pages), $"seed {seed}, round {round}: {pages} pages were free");
            }

            while (held.Count > 0 && (address == null || random.Next(3) == 0))
            {
                int at = random.Next(held.Count);
                Array.Fill(used, false, (int)((held[at].Address - (nint)arena.Address) / NativeArena.PageBytes), held[at].Pages);
                arena.Return((byte*)held[at].Address, held[at].Pages, MemoryOwner.HotSet);
                held.RemoveAt(at);
                address = arena.Address;
            }

            Assert.Equal((long)used.Count(static u => u) * NativeArena.PageBytes, arena.Statistics.HeldBytes[MemoryOwner.HotSet]);
        }

        held.ForEach(run => arena.Return((byte*)run.Address, run.Pages, MemoryOwner.HotSet));
        byte* all = arena.TryRent(200, MemoryOwner.HotSet);
        Assert.True(all == arena.Address);
        Assert.True(arena.TryRent(1, MemoryOwner.HotSet) == null);
        arena.Return(all, 200, MemoryOwner.HotSet);
    }

    [Fact]
    public void Pages_returned_twice_are_a_defect()
    {
        using NativeArena arena = new(1 << 20);
        byte* run = arena.TryRent(2, MemoryOwner.HotSet);
        arena.Return(run, 2, MemoryOwner.HotSet);
        Assert.Throws<InvalidOperationException>(() => arena.Return(run, 2, MemoryOwner.HotSet));
    }

    private static bool HasRun(bool[] used, int pages)
    {
        int run = 0;
        foreach (bool isUsed in used)
        {
            run = isUsed ? 0 : run + 1;
            if (run == pages)
                return true;
        }

        return false;
    }
}
