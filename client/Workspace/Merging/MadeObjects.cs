using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Objects;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// Objects made in memory over all others, so that a merge can build on what the last one made before anything is written. Memory: what was made.
/// Adding is not thread-safe; reading is.
/// </summary>
/// <param name="inner">Where all other objects are.</param>
public sealed class MadeObjects(IObjectSource inner) : IObjectSource
{
    private readonly Dictionary<ObjectId, GitObject> _made = [];

    public ObjectId Add(ObjectKind kind, ReadOnlySpan<byte> body)
    {
        ObjectId id = ObjectHasher.Hash(kind, body);
        if (!_made.ContainsKey(id))
        {
            _made.Add(id, new GitObject(id, kind, body.ToArray()));
        }

        return id;
    }

    /// <summary>Null where it was not made here.</summary>
    public GitObject? Find(ObjectId id) => _made.GetValueOrDefault(id);

    public async IAsyncEnumerable<GitObject> ReadManyAsync(IReadOnlyCollection<ObjectId> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (ObjectId id in ids.Distinct())
        {
            if (_made.TryGetValue(id, out GitObject? made))
            {
                yield return made;
            }
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
        foreach (ObjectId id in ids.Distinct())
        {
            if (_made.TryGetValue(id, out GitObject? made))
            {
                await receive(made);
            }
        }

        if (Others(ids) is { Count: > 0 } others)
        {
            await inner.ReceiveManyAsync(others, receive, cancellationToken);
        }
    }

    public ValueTask<GitObject> ReadAsync(ObjectId id, CancellationToken cancellationToken) =>
        _made.TryGetValue(id, out GitObject? made) ? ValueTask.FromResult(made) : inner.ReadAsync(id, cancellationToken);

    public ValueTask EnsureAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken) =>
        Others(ids) is { Count: > 0 } others ? inner.EnsureAsync(others, cancellationToken) : ValueTask.CompletedTask;

    public ValueTask AffordAsync(Func<IReadOnlyCollection<ObjectId>> listIds, CancellationToken cancellationToken) => inner.AffordAsync(() => Others(listIds()), cancellationToken);

    public ValueTask EnsureWayAsync(ObjectId root, ReadOnlyMemory<byte> path, CancellationToken cancellationToken) =>
        _made.ContainsKey(root) ? ValueTask.CompletedTask : inner.EnsureWayAsync(root, path, cancellationToken);

    public async ValueTask EnsureTreesAsync(IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken)
    {
        if (!roots.Concat(haves).Any(_made.ContainsKey))
        {
            await inner.EnsureTreesAsync(roots, haves, cancellationToken);
            return;
        }

        ObjectId? have = haves.Count > 0 ? haves.First() : null;
        await EnsureDifferencesAsync([.. roots.Select(r => new TreePair(have, r))], [], cancellationToken);
    }

    /// <summary>As of the source below, which does not know trees made here: those are opened, until all that is left to compare is known to it.</summary>
    public async ValueTask EnsureDifferencesAsync(
        IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        List<TreePair> known = [];
        List<TreePair> level = [.. pairs];
        while (level.Count > 0)
        {
            known.AddRange(level.Where(p => !IsMade(p.Left) && !IsMade(p.Right)));
            level.RemoveAll(p => p.Left == p.Right || (!IsMade(p.Left) && !IsMade(p.Right)));
            Dictionary<ObjectId, GitObject> trees = [];
            await foreach (GitObject tree in ReadManyAsync([.. level.SelectMany(static p => new[] { p.Left, p.Right }).OfType<ObjectId>().Distinct()], cancellationToken))
            {
                trees.Add(tree.Id, tree);
            }

            level = [.. level.SelectMany(p => MissingTrees.Children(p.Left is { } left ? trees[left] : null, p.Right is { } right ? trees[right] : null))];
        }

        if (known.Count > 0)
        {
            // Paths are those of the roots; below them they would mean something else.
            await inner.EnsureDifferencesAsync(known, known.Count == pairs.Count ? paths : [], cancellationToken);
        }
    }

    private bool IsMade(ObjectId? id) => id is { } tree && _made.ContainsKey(tree);

    private List<ObjectId> Others(IReadOnlyCollection<ObjectId> ids) => [.. ids.Where(id => !_made.ContainsKey(id))];
}
