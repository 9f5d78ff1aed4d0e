using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;

namespace Monorepo.Workspace.Operations;

/// <summary>Objects of the clone's <c>kept</c> store, and all others from another source. Owns neither. Thread-safe.</summary>
/// <param name="kept">Stashes and kept files.</param>
/// <param name="inner">The repository's objects.</param>
public sealed class KeptObjects(LocalStore kept, IObjectSource inner) : IObjectSource
{
    public async IAsyncEnumerable<GitObject> ReadManyAsync(IReadOnlyCollection<ObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (ObjectId id in ids.Where(kept.Contains).Distinct())
        {
            yield return kept.TryRead(id)!;
        }

        if (Others(ids) is { Count: > 0 } others)
        {
            await foreach (GitObject item in inner.ReadManyAsync(others, cancellationToken))
            {
                yield return item;
            }
        }
    }

    public async Task ReceiveManyAsync(IReadOnlyCollection<ObjectId> ids, Func<GitObject, ValueTask> receive, CancellationToken cancellationToken)
    {
        foreach (ObjectId id in ids.Where(kept.Contains).Distinct())
        {
            cancellationToken.ThrowIfCancellationRequested();
            await receive(kept.TryRead(id)!);
        }

        if (Others(ids) is { Count: > 0 } others)
        {
            await inner.ReceiveManyAsync(others, receive, cancellationToken);
        }
    }

    public ValueTask<GitObject> ReadAsync(ObjectId id, CancellationToken cancellationToken) =>
        kept.TryRead(id) is { } found ? ValueTask.FromResult(found) : inner.ReadAsync(id, cancellationToken);

    public ValueTask EnsureTreesAsync(IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken) =>
        Others(roots) is { Count: > 0 } others ? inner.EnsureTreesAsync(others, Others(haves), cancellationToken) : ValueTask.CompletedTask;

    // A server knows nothing of a kept tree: the other side of such a pair is read level by level, which few directories need.
    public ValueTask EnsureDifferencesAsync(IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        TreePair[] others = [.. pairs.Where(p => !IsKept(p.Left) && !IsKept(p.Right))];
        return others.Length > 0 ? inner.EnsureDifferencesAsync(others, paths, cancellationToken) : ValueTask.CompletedTask;
    }

    public ValueTask EnsureWayAsync(ObjectId root, ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        kept.Contains(root) ? ValueTask.CompletedTask : inner.EnsureWayAsync(root, path, cancellationToken);

    public ValueTask AffordAsync(Func<IReadOnlyCollection<ObjectId>> listIds, CancellationToken cancellationToken) => inner.AffordAsync(() => Others(listIds()), cancellationToken);

    public ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken) =>
        Others(ids) is { Count: > 0 } others ? inner.EnsureAsync(others, cancellationToken) : ValueTask.CompletedTask;

    private bool IsKept(ObjectId? tree) => tree is { } id && kept.Contains(id);

    private List<ObjectId> Others(IReadOnlyCollection<ObjectId> ids) => [.. ids.Where(id => !kept.Contains(id))];
}
