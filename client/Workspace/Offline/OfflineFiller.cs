using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Offline;

/// <summary>What a clone keeps after a fill.</summary>
/// <param name="Trees">Of what was declared.</param>
/// <param name="Contents">Of what was declared.</param>
/// <param name="Fresh">Contents among them that were not kept before.</param>
public readonly record struct OfflineFill(long Trees, long Contents, long Fresh);

/// <summary>How far a fill or a check is.</summary>
/// <param name="Done">Contents.</param>
/// <param name="Total">0 while trees are looked at.</param>
public readonly record struct OfflineProgress(long Done, long Total);

/// <summary>
/// Puts all that declarations need where nothing evicts it. What is fetched is verified on arrival and written there alone; what is in the user's cache, or came with
/// commits made here, is copied. The caller holds the offline lock.
/// </summary>
/// <param name="source">Fetches into <paramref name="kept"/>.</param>
/// <param name="kept">The clone's own objects.</param>
public sealed class OfflineFiller(ObjectSource source, ObjectCache kept)
{
    private const int BatchBytes = 2 << 20;

    private readonly Lock _lock = new();
    private List<CacheEntry> _waiting = [];
    private long _waitingBytes;

    /// <summary>Trees in one round trip or two for each declaration, contents in one question; durable when it returns. Cut, it goes on from there the next time.</summary>
    /// <exception cref="ObjectsMissingException">Some are not to be had.</exception>
    /// <exception cref="IOException">They can't be written.</exception>
    public async Task<OfflineFill> FillAsync(IReadOnlyCollection<OfflineDeclaration> declarations, IProgress<OfflineProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (OfflineDeclaration declaration in declarations)
        {
            await source.EnsureInsideAsync(new SparseView(declaration.Tree, declaration.Rules), null, cancellationToken);
        }

        DeclaredObjects needed = await DeclaredObjects.ListAsync(declarations, (ids, receive) => source.ReceiveManyAsync(
            ids,
            tree =>
            {
                Keep(tree);
                return receive(tree);
            },
            cancellationToken));
        List<ObjectId> missing = kept.SelectAbsent(needed.Contents.Keys);
        long done = 0;
        await source.ReceiveManyAsync(
            missing,
            item =>
            {
                Keep(item);
                progress?.Report(new OfflineProgress(Interlocked.Increment(ref done), missing.Count));
                return ValueTask.CompletedTask;
            },
            cancellationToken);
        Flush();
        kept.Sync();
        if (kept.SelectAbsent(needed.Trees.Keys.Concat(needed.Contents.Keys)) is [var lost, ..])
        {
            throw new IOException($"The object {lost} was fetched and could not be kept in '{kept.DirectoryPath}'.");
        }

        return new OfflineFill(needed.Trees.Count, needed.Contents.Count, missing.Count);
    }

    private void Keep(GitObject item)
    {
        if (kept.Contains(item.Id))
        {
            return;
        }

        CacheEntry entry = new(item.Id, ObjectEnvelope.Seal(item.Kind, item.Body.Span));
        bool isFull;
        lock (_lock)
        {
            _waiting.Add(entry);
            _waitingBytes += entry.Envelope.Length;
            isFull = _waitingBytes >= BatchBytes;
        }

        if (isFull)
        {
            Flush();
        }
    }

    private void Flush()
    {
        List<CacheEntry> entries;
        lock (_lock)
        {
            (entries, _waiting, _waitingBytes) = (_waiting, [], 0);
        }

        if (!kept.Add(entries))
        {
            throw new IOException($"Objects can't be written to '{kept.DirectoryPath}'.");
        }
    }
}
