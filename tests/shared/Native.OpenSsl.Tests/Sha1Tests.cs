using System.Security.Cryptography;

namespace Monorepo.Native.OpenSsl.Tests;

public sealed class Sha1Tests
{
#pragma warning disable CA5350 // It is git's hash that is under test.
    [Fact]
    public void Digests_are_those_of_the_platform_for_every_split()
    {
        byte[] bytes = new byte[300];
        new Random(1).NextBytes(bytes);
        byte[] digest = new byte[Sha1.DigestBytes];
        for (int length = 0; length <= bytes.Length; length += 7)
        {
            for (int split = 0; split <= length; split += 13)
            {
                Sha1.Hash(bytes.AsSpan(0, split), bytes.AsSpan(split, length - split), digest);
                Assert.Equal(SHA1.HashData(bytes.AsSpan(0, length)), digest);
            }
        }
    }

#pragma warning restore CA5350

    [Fact]
    public void A_destination_that_is_too_short_is_refused() =>
        Assert.ThrowsAny<ArgumentException>(() => Sha1.Hash("a"u8, default, new byte[Sha1.DigestBytes - 1]));
}
