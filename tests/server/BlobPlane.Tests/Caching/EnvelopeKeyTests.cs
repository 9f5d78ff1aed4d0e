using Monorepo.BlobPlane.Caching;
using Monorepo.Core;
using Monorepo.Memcached;

namespace Monorepo.BlobPlane.Tests.Caching;

public sealed class EnvelopeKeyTests
{
    private static readonly ObjectId Id = ObjectId.Parse("00112233445566778899aabbccddeeff01234567");

    [Fact]
    public void Its_bytes_are_these()
        => Assert.Equal(
            "650130485be5b62222f6b4d71ec910a8794900112233445566778899aabbccddeeff01234567",
            Convert.ToHexStringLower(EnvelopeKey.For(RepositoryName.Parse("main/repo"), 0, [Id])[0].Span));

    [Fact]
    public void Repositories_share_no_keys()
    {
        ReadOnlyMemory<byte> one = EnvelopeKey.For(RepositoryName.Parse("a"), 0, [Id])[0];
        ReadOnlyMemory<byte> other = EnvelopeKey.For(RepositoryName.Parse("b"), 0, [Id])[0];
        Assert.False(one.Span.SequenceEqual(other.Span));
    }

    [Fact]
    public void The_longest_repository_name_makes_a_legal_key()
    {
        var longest = RepositoryName.Parse(new string('r', RepositoryName.LengthMax));
        ReadOnlyMemory<byte> key = Assert.Single(EnvelopeKey.For(longest, 0, [Id]));
        Assert.Equal(EnvelopeKey.SizeBytes, key.Length);
        Assert.InRange(key.Length, 1, MemcachedOptions.KeyBytesMax);
    }
}
