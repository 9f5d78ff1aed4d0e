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

    /// <summary>
    /// As <see cref="ReadManyAsync"/>, for work that several do at once: each object is given to <paramref name="receive"/>, which is called by several workers
    /// at a time. What stands together in <paramref name="ids"/> mostly goes to one of them, so that files of a directory do not wait for each other.
    /// A blob's body is lent: its memory holds the next one after the call.
    /// </summary>
    /// <param name="ids">Each once.</param>
    /// <param name="receive">Called by several workers.</param>
    /// <param name="cancellationToken">Stops; calls that have begun go on.</param>
    /// <exception cref="ObjectsMissingException">Some ids are neither here nor to be had; thrown after all others were given.</exception>
    Task ReceiveManyAsync(IReadOnlyCollection<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken);

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
    /// Makes local, in one round trip, the trees in which pairs of trees differ: what comparing them reads. Nothing is asked where they are here.
    /// </summary>
    /// <param name="pairs">To be compared.</param>
    /// <param name="paths">Only trees on the way to one of these or below it; none: all.</param>
    /// <param name="cancellationToken">Stops the fetch; what arrived stays.</param>
    ValueTask EnsureDifferencesAsync(IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken);

    /// <summary>Makes local, in one round trip, the trees on the way to a path: those that finding it reads. Nothing is asked where they are here.</summary>
    /// <param name="root">A tree's id.</param>
    /// <param name="path">From the root.</param>
    /// <param name="cancellationToken">Stops the fetch; what arrived stays.</param>
    ValueTask EnsureWayAsync(ObjectId root, ReadOnlyMemory<byte> path, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Makes local, in one round trip or two, the trees that a sparse working copy reads; nothing is asked where they are here. Those of directories
    /// that it has nothing of are left out.
    /// </summary>
    /// <param name="fresh">What is wanted; its root is not null.</param>
    /// <param name="held">What is here completely; null: nothing is known to be.</param>
    /// <param name="cancellationToken">Stops the fetch; what arrived stays.</param>
    ValueTask EnsureInsideAsync(Sparse.SparseView fresh, Sparse.SparseView? held, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Refuses objects that are not here and that the command's budget does not allow: asked before anything is changed on their account.
    /// Where nobody knows their sizes they are fetched. Nothing is asked where there is no budget.
    /// </summary>
    /// <param name="listIds">Called only where there is a budget.</param>
    /// <param name="cancellationToken">Stops the question.</param>
    /// <exception cref="Remote.FetchBudgetException">They cost too much.</exception>
    ValueTask AffordAsync(Func<IReadOnlyCollection<ObjectId>> listIds, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Makes the objects local without giving them: prefetch.</summary>
    ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken);
}

/// <summary>Two trees to be compared.</summary>
/// <param name="Left">Null: the empty tree.</param>
/// <param name="Right">Null: the empty tree.</param>
public readonly record struct TreePair(ObjectId? Left, ObjectId? Right);

/// <summary>Objects that a command needs and that can't be had now.</summary>
public sealed class ObjectsMissingException(IReadOnlyList<ObjectId> ids, string reason, Exception? inner = null)
    : IOException($"{ids.Count} object(s) are missing here, the first is {ids[0]}: {reason}", inner)
{
    public IReadOnlyList<ObjectId> Ids { get; } = ids;
}
