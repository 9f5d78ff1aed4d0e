using Monorepo.Testing.Blobs;

namespace Monorepo.Blobs.Tests;

public sealed class LoopbackBlobTransportTests : BlobTransportConformance
{
    protected override Task<BlobTransportHarness> StartAsync(IBlobSource source) => Task.FromResult<BlobTransportHarness>(new Harness(source));

    private sealed class Harness(IBlobSource source) : BlobTransportHarness
    {
        public override IBlobTransport Transport { get; } = new LoopbackBlobTransport(source);

        public override ValueTask DisposeAsync() => Transport.DisposeAsync();
    }
}
