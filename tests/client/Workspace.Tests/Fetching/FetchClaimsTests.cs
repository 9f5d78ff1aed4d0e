using Monorepo.Core;
using Monorepo.Workspace.Fetching;
using Monorepo.Workspace.Tests.Store;

namespace Monorepo.Workspace.Tests.Fetching;

public sealed class FetchClaimsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ObjectId[] Ids(int first, int count) => [.. Enumerable.Range(first, count).Select(i => ObjectCacheTests.Entry(i).Id)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_key_is_claimed_once_and_free_again_when_its_claim_ends()
    {
        FetchClaims claims = new(_directory.File("fetching"));
        (FetchClaim first, IReadOnlyList<ForeignClaim> none) = await claims.ClaimAsync(Ids(0, 100), Token);
        Assert.Empty(none);
        Assert.Equal(Ids(0, 100), first.Keys);

        (FetchClaim second, IReadOnlyList<ForeignClaim> others) = await claims.ClaimAsync(Ids(50, 100), Token);
        Assert.Equal(Ids(100, 50), second.Keys);
        ForeignClaim other = Assert.Single(others);
        Assert.Equal(Ids(50, 50), other.Keys);
        Assert.False(other.IsOver);
        Assert.Equal(0, other.Steps);
        first.Step();
        first.Step();
        Assert.Equal(2, other.Steps);

        (FetchClaim third, IReadOnlyList<ForeignClaim> two) = await claims.ClaimAsync(Ids(60, 60), Token);
        Assert.Empty(third.Keys);
        Assert.Equal(2, two.Count);

        first.Dispose();
        Assert.True(other.IsOver);
        Assert.Single(two, o => !o.IsOver);
        other.Dispose();
        foreach (ForeignClaim claim in two)
        {
            claim.Dispose();
        }

        second.Dispose();
        third.Dispose();
        (FetchClaim last, IReadOnlyList<ForeignClaim> nobody) = await claims.ClaimAsync(Ids(0, 200), Token);
        Assert.Empty(nobody);
        Assert.Equal(200, last.Keys.Count);
        last.Dispose();
        Assert.Equal(["turn"], Directory.EnumerateFiles(_directory.File("fetching")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Files_that_are_no_claims_and_claims_of_the_dead_are_passed_over()
    {
        string directory = _directory.File("fetching");
        FetchClaims claims = new(directory);
        (await claims.ClaimAsync(Ids(0, 1), Token)).Own.Dispose();
        byte[] dead = [.. "MRFETCH1"u8, .. new byte[8], 1, 0, 0, 0, .. Ids(0, 1)[0].AsSpan()];
        for (int length = 0; length <= dead.Length; length++)
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, $"dead{length}.claim"), dead[..length], Token);
        }

        (FetchClaim own, IReadOnlyList<ForeignClaim> others) = await claims.ClaimAsync(Ids(0, 3), Token);
        Assert.Empty(others);
        Assert.Equal(Ids(0, 3), own.Keys);
        Assert.Equal(2, Directory.GetFiles(directory).Length);
        own.Dispose();
    }

    [Fact]
    public async Task Where_nothing_can_be_written_all_is_free()
    {
        await File.WriteAllTextAsync(_directory.File("fetching"), "in the way", Token);
        FetchClaims claims = new(_directory.File("fetching"));
        for (int i = 0; i < 2; i++)
        {
            (FetchClaim own, IReadOnlyList<ForeignClaim> others) = await claims.ClaimAsync(Ids(0, 5), Token);
            Assert.Empty(others);
            Assert.Equal(Ids(0, 5), own.Keys);
        }
    }
}
