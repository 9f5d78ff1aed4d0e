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

    private sealed class Owner : IDisposable
    {
        internal int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
