using System.Buffers;

namespace Monorepo.Blobs.Tests;

public sealed class BlobEntryTests
{
    [Fact]
    public void An_empty_envelope_is_no_envelope() => Assert.Throws<ArgumentException>(() => BlobEntry.Found(default));

    [Fact]
    public void A_batch_frees_its_memory_once()
    {
        Owner owner = new();
        BlobBatch batch = new(Array.Empty<BlobEntry>(), owner);
        batch.Dispose();
        batch.Dispose();
        Assert.Equal(1, owner.Disposals);
    }

    [Fact]
    public unsafe void Native_bytes_stay_where_they_are_until_freed()
    {
        NativeBytes block = new(100);
        block.GetSpan()[42] = 7;
        using (MemoryHandle pin = block.Memory[42..].Pin())
        {
            Assert.Equal(7, *(byte*)pin.Pointer);
            Assert.True(block.Address + 42 == (byte*)pin.Pointer);
        }

        block.Dispose();
        block.Dispose();
        Assert.Throws<ObjectDisposedException>(() => block.GetSpan().Length);
        Assert.Throws<ObjectDisposedException>(() => block.Memory.Span.Length);
    }

    private sealed class Owner : IDisposable
    {
        internal int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
