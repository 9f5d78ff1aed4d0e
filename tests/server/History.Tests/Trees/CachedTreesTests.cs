using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Trees;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.History.Tests.Trees;

public sealed class CachedTreesTests
{
    private static readonly RepositoryName s_repository = RepositoryName.Parse("test");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Objects_come_from_the_caches_in_as_many_answers_as_it_takes()
    {
        (IObjectStore store, ObjectId[] ids) = await FillAsync();
        Source source = new(store) { EntriesPerAnswer = 3 };
        CachedTrees trees = new(new Refusing(), source, s_repository);
        ObjectId absent = ObjectHasher.Hash(ObjectKind.Blob, "absent"u8);
        using ObjectBatch batch = await trees.GetAsync(new[] { ids[0], absent, ids[1], ids[2], ids[3], ids[4], ids[0] }, Token);
        Assert.Equal(7, batch.Count);
        Assert.False(batch.IsPresent(1));
        for (int i = 0; i < 7; i++)
        {
            if (i != 1)
            {
                _ = ObjectEnvelope.Open(batch[i], i is 0 or 6 ? ids[0] : ids[i - 1], out ObjectKind kind);
                Assert.Equal(ObjectKind.Blob, kind);
            }
        }

        Assert.Equal(3, source.Answers);
        IReadOnlyList<ObjectHeader?> headers = await trees.GetHeadersAsync(new[] { absent, ids[4] }, Token);
        Assert.Null(headers[0]);
        Assert.Equal(ObjectKind.Blob, headers[1]!.Value.Kind);
    }

    [Fact]
    public async Task Where_the_caches_fail_the_store_answers()
    {
        (IObjectStore store, ObjectId[] ids) = await FillAsync();
        foreach (int entries in (int[])[0, -1])
        {
            CachedTrees trees = new(store, new Source(store) { EntriesPerAnswer = entries }, s_repository);
            using ObjectBatch batch = await trees.GetAsync(ids, Token);
            Assert.All(Enumerable.Range(0, ids.Length), i => Assert.True(batch.IsPresent(i)));
        }
    }

    private static async Task<(IObjectStore Store, ObjectId[] Ids)> FillAsync()
    {
        InMemoryEngine engine = new();
        IRepository repository = await engine.CreateAsync(s_repository, Token);
        NewObject[] objects = [.. Enumerable.Range(0, 5).Select(i => new NewObject(ObjectHasher.Hash(ObjectKind.Blob, [(byte)i]), ObjectEnvelope.Seal(ObjectKind.Blob, [(byte)i])))];
        await repository.Objects.PutAsync(objects, Token);
        return (repository.Objects, [.. objects.Select(o => o.Id)]);
    }

    /// <summary>Answers so many ids at a time and defers the rest; with -1 it fails.</summary>
    private sealed class Source(IObjectStore store) : IBlobSource
    {
        public int EntriesPerAnswer { get; init; }

        public int Answers { get; private set; }

        public async ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
        {
            if (EntriesPerAnswer < 0)
            {
                throw new BlobTransportException(BlobTransportError.Overloaded, "the test refuses");
            }

            Assert.Equal(s_repository, repository);
            Assert.Equal(BlobReadOptions.Verify, options);
            Answers++;
            using ObjectBatch batch = await store.GetAsync(ids, cancellationToken);
            BlobEntry[] entries = new BlobEntry[ids.Length];
            for (int i = 0; i < entries.Length; i++)
            {
                entries[i] = i >= EntriesPerAnswer ? BlobEntry.Deferred : batch.IsPresent(i) ? BlobEntry.Found(batch[i].ToArray()) : BlobEntry.Missing;
            }

            return new BlobBatch(entries, null);
        }
    }

    private sealed class Refusing : IObjectStore
    {
        public ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) => throw new InvalidOperationException("The store was asked.");

        public ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) => throw new InvalidOperationException("The store was asked.");

        public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) => throw new InvalidOperationException("The store was asked.");

        public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) => throw new InvalidOperationException("The store was asked.");
    }
}
