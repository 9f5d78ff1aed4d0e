using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.BlobPlane.Tests.Origins;

/// <summary>The same promises for the store and for another server.</summary>
public sealed class OriginTests
{
    public enum Kind
    {
        Store,
        Transport,
    }

    [Theory]
    [InlineData(Kind.Store)]
    [InlineData(Kind.Transport)]
    public async Task Found_and_missing_stand_in_the_order_asked(Kind kind)
    {
        NewObject[] objects = Contents.MakeMany(600);
        IEnvelopeOrigin origin = Make(kind, await Contents.StoreAsync(objects));
        ObjectId[] ids = [.. objects.Ids().SelectMany((id, i) => new[] { id, Contents.Unknown(i) })];
        BlobEntry[] entries = await origin.GetAsync(Contents.Repository, ids, BlobReadOptions.None, default);
        Assert.Equal(ids.Length, entries.Length);
        for (int i = 0; i < objects.Length; i++)
        {
            Assert.True(entries[2 * i].Envelope.Span.SequenceEqual(objects[i].Envelope.Span));
            Assert.Equal(BlobOutcome.Missing, entries[(2 * i) + 1].Outcome);
        }
    }

    [Theory]
    [InlineData(Kind.Store)]
    [InlineData(Kind.Transport)]
    public async Task What_does_not_fit_is_deferred(Kind kind)
    {
        NewObject large = Contents.Make(1, 40 << 20), small = Contents.Make(2);
        IEnvelopeOrigin origin = Make(kind, await Contents.StoreAsync(large, small));
        ObjectId[] ids = [small.Id, large.Id, large.Id, small.Id];
        BlobEntry[] entries = await origin.GetAsync(Contents.Repository, ids, BlobReadOptions.None, default);
        Assert.Equal([BlobOutcome.Found, BlobOutcome.Found, BlobOutcome.Deferred, BlobOutcome.Found], entries.Select(e => e.Outcome));
    }

    [Theory]
    [InlineData(Kind.Store)]
    [InlineData(Kind.Transport)]
    public async Task An_unknown_repository_is_named_as_such(Kind kind)
    {
        IEnvelopeOrigin origin = Make(kind, await Contents.StoreAsync());
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(
            async () => await origin.GetAsync(RepositoryName.Parse("nowhere"), new[] { Contents.Unknown(1) }, BlobReadOptions.None, default));
        Assert.Equal(BlobTransportError.UnknownRepository, failure.Error);
    }

    [Fact]
    public void The_first_envelope_fits_whatever_its_size()
    {
        var budget = new BlobEntryBudget();
        Assert.True(budget.TryAdd(BlobLimits.ReplyBytesTarget + 1));
        Assert.True(budget.IsSpent);
        Assert.False(budget.TryAdd(1));
    }

    [Fact]
    public void The_target_is_filled_to_the_byte()
    {
        var budget = new BlobEntryBudget();
        Assert.True(budget.TryAdd(1));
        Assert.False(budget.TryAdd(BlobLimits.ReplyBytesTarget));
        Assert.False(budget.IsSpent);
        Assert.True(budget.TryAdd(BlobLimits.ReplyBytesTarget - 1));
        Assert.True(budget.IsSpent);
    }

    private static IEnvelopeOrigin Make(Kind kind, IStorageEngine engine)
    {
        var store = new StoreOrigin(engine);
        return kind == Kind.Store ? store : new TransportOrigin(new LoopbackBlobTransport(new TieredBlobSource([], store)));
    }
}
