using System.Buffers;
using Monorepo.Blobs.Memory;

namespace Monorepo.Blobs.Tests.Memory;

public sealed class BufferPoolTests
{
    [Fact]
    public void Every_length_gets_at_least_its_bytes_and_at_most_a_fifth_more()
    {
        for (int bytes = 1; bytes <= SizeClasses.BytesMax; bytes += 1 + (bytes / 50))
        {
            int given = SizeClasses.BytesOf(SizeClasses.Of(bytes));
            Assert.True(given >= bytes, $"{bytes} bytes got {given}.");
            Assert.True(bytes <= SizeClasses.BytesMin || given <= bytes * 5 / 4 + 1, $"{bytes} bytes got {given}.");
        }

        for (int sizeClass = 1; sizeClass < SizeClasses.Count; sizeClass++)
        {
            int bytes = SizeClasses.BytesOf(sizeClass);
            Assert.Equal(sizeClass, SizeClasses.Of(bytes));
            Assert.Equal(sizeClass, SizeClasses.Of(SizeClasses.BytesOf(sizeClass - 1) + 1));
        }
    }

    [Fact]
    public unsafe void A_buffer_stays_where_it_is_until_the_last_holder_releases_it()
    {
        using NativeArena arena = new(1 << 20);
        using BufferPool pool = new(arena, "test");
        NativeBuffer buffer = pool.TryRent(100, MemoryOwner.Replies)!;
        buffer.GetSpan()[42] = 7;
        using (MemoryHandle pin = buffer.Memory[42..].Pin())
            Assert.True(*(byte*)pin.Pointer == 7 && buffer.Address + 42 == (byte*)pin.Pointer);

        Assert.Same(buffer, buffer.Share());
        buffer.Release();
        Assert.Equal(7, buffer.GetSpan()[42]);
        buffer.Release();

        Assert.Throws<ObjectDisposedException>(() => buffer.GetSpan().Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Memory.Span.Length);
        Assert.Throws<InvalidOperationException>(buffer.Release);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void The_limit_is_hard_and_what_comes_back_can_be_had_again()
    {
        using NativeArena arena = new(4 << 20);
        foreach (int bytes in (int[])[500, 1_000, 40_000, 70_000, 200_000, 3 << 20])
        {
            using BufferPool pool = new(arena, "test");
            List<NativeBuffer> buffers = [];
            while (pool.TryRent(bytes, MemoryOwner.Receives) is { } buffer)
                buffers.Add(buffer);
            // Of the arena at least half can be used, whatever the size.
            Assert.InRange((long)buffers.Count * bytes, arena.LimitBytes / 2, arena.LimitBytes);
            Assert.True(arena.Statistics.HeldBytes[MemoryOwner.Receives] >= (long)buffers.Count * bytes);
            Assert.True(arena.Statistics.Refusals > 0);
            buffers.ForEach(static buffer => buffer.Release());
            Assert.Equal(0, arena.Statistics.HeldBytes[MemoryOwner.Receives]);
        }

        Assert.True(arena.Statistics.PeakBytes <= arena.LimitBytes);
    }

    [Fact]
    public void Empty_slabs_go_back_to_the_arena()
    {
        using NativeArena arena = new(8 << 20);
        using (BufferPool pool = new(arena, "test"))
        {
            List<NativeBuffer> buffers = [.. Enumerable.Range(0, 5_000).Select(_ => pool.TryRent(1_000, MemoryOwner.Replies)!)];
            long most = arena.Statistics.TakenBytes;
            buffers.ForEach(static buffer => buffer.Release());
            Assert.InRange(arena.Statistics.TakenBytes, 1, most / 10);
        }

        Assert.Equal(0, arena.Statistics.TakenBytes);
    }

    [Fact]
    public void Random_buffers_from_several_threads_never_overlap()
    {
        int seed = Random.Shared.Next();
        using NativeArena arena = new(32 << 20);
        using BufferPool pool = new(arena, "test");
        Parallel.For(0, 4, thread =>
        {
            Random random = new(unchecked(seed + thread));
            List<(NativeBuffer Buffer, byte Mark)> held = [];
            for (int round = 0; round < 2_000; round++)
            {
                if (held.Count > 20 || (held.Count > 0 && random.Next(2) == 0))
                {
                    (NativeBuffer buffer, byte mark) = held[^1];
                    held.RemoveAt(held.Count - 1);
                    Assert.False(buffer.GetSpan().ContainsAnyExcept(mark), $"seed {seed}: somebody wrote into another's buffer");
                    buffer.Release();
                }
                else if (pool.TryRent(random.Next(3) == 0 ? random.Next(300_000) : random.Next(2_000), MemoryOwner.Requests) is { } buffer)
                {
                    byte mark = (byte)random.Next(256);
                    buffer.GetSpan().Fill(mark);
                    held.Add((buffer, mark));
                }
            }

            held.ForEach(static one => one.Buffer.Release());
        });
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void An_arena_of_its_own_goes_with_the_last_buffer()
    {
        NativeArena arena = new(1 << 20);
        BufferPool pool = new(arena, "test", ownsArena: true);
        NativeBuffer buffer = pool.TryRent(10, MemoryOwner.Receives)!;
        pool.Dispose();
        pool.Dispose();
        buffer.GetSpan().Fill(1);
        buffer.Release();
        Assert.Throws<ObjectDisposedException>(() => pool.TryRent(1, MemoryOwner.Receives));
    }

#if DEBUG
    [Fact]
    public void A_buffer_that_was_forgotten_is_found_and_where_it_was_rented()
    {
        using NativeArena arena = new(1 << 20);
        using BufferPool pool = new(arena, "leaky");
        NativeBuffer forgotten = RentAndForget(pool);
        BufferLeakException leak = Assert.Throws<BufferLeakException>(() => pool.ThrowIfLeaked());
        Assert.Contains(nameof(RentAndForget), leak.Message, StringComparison.Ordinal);
        Assert.Contains("leaky", leak.Message, StringComparison.Ordinal);
        forgotten.Release();
        pool.ThrowIfLeaked();
    }

    [Fact]
    public unsafe void Memory_given_back_to_the_arena_too_late_is_found()
    {
        NativeArena arena = new(1 << 20);
        Assert.True(arena.TryRent(1, MemoryOwner.HotSet) != null);
        Assert.Throws<BufferLeakException>(arena.Dispose);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static NativeBuffer RentAndForget(BufferPool pool) => pool.TryRent(10, MemoryOwner.Replies)!;
#endif
}
