using System.Diagnostics;
using System.Security.Cryptography;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.BlobPlane.Tests;

/// <summary>Objects to store and ways to look at answers.</summary>
internal static class Contents
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    public static readonly RepositoryName Repository = RepositoryName.Parse("main/repo");
    public static readonly RepositoryName OtherRepository = RepositoryName.Parse("other");

    /// <summary>An object of incompressible bytes; the same number gives the same object.</summary>
    public static NewObject Make(int number, int bytes = 300, ObjectKind kind = ObjectKind.Blob)
    {
        byte[] body = new byte[bytes];
        new Random(number).NextBytes(body);
        return new NewObject(ObjectHasher.Hash(kind, body), ObjectEnvelope.Seal(kind, body));
    }

    public static NewObject[] MakeMany(int count, int bytes = 300) => [.. Enumerable.Range(0, count).Select(i => Make(i, bytes))];

    public static ObjectId[] Ids(this IEnumerable<NewObject> objects) => [.. objects.Select(o => o.Id)];

    public static ObjectId Unknown(int number) => new(SHA256.HashData(BitConverter.GetBytes(number)).AsSpan(0, ObjectId.Size));

    public static async Task<InMemoryEngine> StoreAsync(params IReadOnlyList<NewObject> objects)
    {
        var engine = new InMemoryEngine();
        IRepository repository = await engine.CreateAsync(Repository, default);
        await repository.Objects.PutAsync(objects, default);
        await engine.CreateAsync(OtherRepository, default);
        return engine;
    }

    public static void AssertFound(IReadOnlyList<NewObject> expected, BlobBatch batch)
    {
        Assert.Equal(expected.Count, batch.Entries.Length);
        for (int i = 0; i < expected.Count; i++)
        {
            BlobEntry entry = batch.Entries.Span[i];
            Assert.Equal(BlobOutcome.Found, entry.Outcome);
            Assert.True(entry.Envelope.Span.SequenceEqual(expected[i].Envelope.Span));
        }
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "The condition did not come true in time.");
            await Task.Yield();
        }
    }
}
