using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

/// <summary>Objects that do not compress, one for each number.</summary>
internal static class RandomBlobs
{
    private const int Bytes = 1_500;

    public static CacheEntry Entry(int number)
    {
        byte[] body = new byte[Bytes];
        new Random(number).NextBytes(body);
        return ObjectCacheTests.Entry(body);
    }
}
