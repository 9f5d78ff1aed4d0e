using Monorepo.Core;

namespace Monorepo.Workspace.Objects;

/// <summary>An object with its body, verified by its id.</summary>
public sealed record GitObject(ObjectId Id, ObjectKind Kind, ReadOnlyMemory<byte> Body);

/// <summary>
/// Every object of the repository, wherever it lies: the clone's own store, the user's object cache, or the server.
/// Callers plan first and ask once: each call costs at most one round trip however many ids it names.
/// </summary>
public interface IObjectSource
{
    /// <summary>
    /// The objects asked for, each once, in the order in which they become available: local ones first, then the missing ones
    /// from the server as they arrive. Memory stays bounded by the consumer's pace.
    /// </summary>
    /// <exception cref="ObjectsMissingException">Some ids are neither here nor to be had; thrown after all others were given.</exception>
    IAsyncEnumerable<GitObject> ReadManyAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>One object. For several use <see cref="ReadManyAsync"/>.</summary>
    /// <exception cref="ObjectsMissingException">The object is neither here nor to be had.</exception>
    ValueTask<GitObject> ReadAsync(ObjectId id, CancellationToken cancellationToken);

    /// <summary>
    /// Makes every tree below <paramref name="roots"/> local in one round trip; nothing is asked where they are known to be here.
    /// </summary>
    /// <param name="roots">Tree ids.</param>
    /// <param name="haves">Tree ids whose whole trees are local: the server leaves out what they contain.</param>
    /// <param name="cancellationToken">Stops the fetch; what arrived stays.</param>
    ValueTask EnsureTreesAsync(IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken);

    /// <summary>
    /// Makes local, in one round trip, the trees in which two trees differ: what comparing them reads. Nothing is asked where they are here.
    /// </summary>
    /// <param name="left">A tree's id.</param>
    /// <param name="right">A tree's id.</param>
    /// <param name="under">Only trees on the way to this path or below it; empty: all.</param>
    /// <param name="cancellationToken">Stops the fetch; what arrived stays.</param>
    ValueTask EnsureDifferenceAsync(ObjectId left, ObjectId right, ReadOnlyMemory<byte> under, CancellationToken cancellationToken);

    /// <summary>Makes the objects local without giving them: prefetch.</summary>
    ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken);
}

/// <summary>Objects that a command needs and that can't be had now.</summary>
public sealed class ObjectsMissingException(IReadOnlyList<ObjectId> ids, string reason, Exception? inner = null)
    : IOException($"{ids.Count} object(s) are missing here, the first is {ids[0]}: {reason}", inner)
{
    public IReadOnlyList<ObjectId> Ids { get; } = ids;
}
