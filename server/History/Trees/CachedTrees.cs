using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.History.Trees;

/// <summary>
/// A store whose objects are read through the blob plane's caches, so that the trees of a popular commit cost the store one read for all
/// clones and all servers. What comes from a cache is checked there by its id, because walks follow it. Where the caches fail the
/// store answers. Owns neither. Thread-safe.
/// </summary>
/// <param name="store">Has everything.</param>
/// <param name="source">The caches before it.</param>
/// <param name="repository">Whose objects.</param>
internal sealed class CachedTrees(IObjectStore store, IBlobSource source, RepositoryName repository) : IObjectStore
{
    private readonly BlobObjectStore _caches = new(source, repository, BlobReadOptions.Verify);

    public async ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        try
        {
            return await _caches.GetAsync(ids, cancellationToken);
        }
        catch (BlobTransportException)
        {
            return await store.GetAsync(ids, cancellationToken);
        }
    }

    public async ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        try
        {
            return await _caches.GetHeadersAsync(ids, cancellationToken);
        }
        catch (BlobTransportException)
        {
            return await store.GetHeadersAsync(ids, cancellationToken);
        }
    }

    public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) => store.ContainsAsync(ids, cancellationToken);

    public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) => store.PutAsync(objects, cancellationToken);
}
