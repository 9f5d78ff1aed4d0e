using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Storage;

/// <summary>
/// Immutable objects by id, held as envelopes (<see cref="ObjectEnvelope"/>). The store trusts its writers to have checked
/// that an envelope's content hashes to the id.
/// </summary>
public interface IObjectStore
{
    /// <summary>Ids one call may name.</summary>
    const int IdsMax = 65_536;

    /// <summary>Envelopes for all ids in one read; missing ones are absent in the batch. The caller disposes the batch.</summary>
    ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Kind and size without reading bodies; null for ids that are not here. The codec need not be that of the envelope a read gives.
    /// </summary>
    ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>For each id, whether it is here.</summary>
    ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Stores all objects or none, durably. An id that is present keeps its bytes. The same id may stand twice in the batch.
    /// </summary>
    ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken);
}

/// <summary>An object to store.</summary>
/// <param name="Id">The SHA-1 of the content, checked by the caller.</param>
/// <param name="Envelope">A valid envelope. Without a locality it is kept as it is.</param>
/// <param name="Locality">
/// What it should lie near. The engine may then keep it in another form and give another valid envelope of the same body when it is read; a
/// raw envelope spares it the decoding. Of objects with one locality, later ones in a put are taken for newer.
/// </param>
public readonly record struct NewObject(ObjectId Id, ReadOnlyMemory<byte> Envelope, ObjectLocality Locality = default);

/// <summary>
/// The answer to a read of many ids: for each, its envelope or "absent". The bytes may lie in the engine's own memory,
/// so they are valid until the batch is disposed and not longer. Reading is thread-safe, disposing is not.
/// </summary>
public abstract class ObjectBatch : IDisposable
{
    public abstract int Count { get; }

    public abstract bool IsPresent(int index);

    /// <summary>The envelope; empty where the id is absent.</summary>
    public abstract ReadOnlySpan<byte> this[int index] { get; }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
