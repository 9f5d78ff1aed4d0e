using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Grep;

/// <summary>
/// Searches the files of a tree. Trees come in one round trip, contents in batches of which the next is fetched while one is searched by all
/// cores; memory is a few hundred contents' answers.
/// </summary>
/// <param name="objects">Where trees and contents come from.</param>
public sealed class RevisionGrep(IObjectSource objects)
{
    /// <summary>Contents asked for at once: several requests in flight.</summary>
    private const int BatchContents = 16_384;

    /// <summary>Files whose answers are held at once.</summary>
    private const int SliceFiles = 256;

    /// <summary>Searches regular files in the order of their paths.</summary>
    /// <typeparam name="T">What a search of one content gives.</typeparam>
    /// <param name="root">The tree.</param>
    /// <param name="isWanted">Which paths.</param>
    /// <param name="search">Called by several threads at a time.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async IAsyncEnumerable<T> SearchAsync<T>(
        ObjectId root, Func<ReadOnlyMemory<byte>, bool> isWanted, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, T> search,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<TreeItem[]> batches = BatchesAsync(root, isWanted, cancellationToken).GetAsyncEnumerator(cancellationToken);
        Task<TreeItem[]> next = NextAsync();
        try
        {
            while (await next is { Length: > 0 } batch)
            {
                next = NextAsync();
                foreach (TreeItem[] slice in batch.Chunk(SliceFiles))
                {
                    foreach (T answer in await SearchAsync(slice, search, cancellationToken))
                    {
                        yield return answer;
                    }
                }
            }
        }
        finally
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<TreeItem[]> NextAsync()
        {
            if (!await batches.MoveNextAsync())
            {
                return [];
            }

            await objects.EnsureAsync([.. batches.Current.Select(static i => i.Id)], cancellationToken);
            return batches.Current;
        }
    }

    private async Task<T[]> SearchAsync<T>(TreeItem[] files, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, T> search, CancellationToken cancellationToken)
    {
        ILookup<ObjectId, int> places = Enumerable.Range(0, files.Length).ToLookup(i => files[i].Id);
        T[] answers = new T[files.Length];
        ParallelOptions options = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(objects.ReadManyAsync([.. places.Select(static p => p.Key)], cancellationToken), options, (content, _) =>
        {
            foreach (int place in places[content.Id])
            {
                answers[place] = search(files[place].Path, content.Body);
            }

            return ValueTask.CompletedTask;
        });
        return answers;
    }

    private async IAsyncEnumerable<TreeItem[]> BatchesAsync(
        ObjectId root, Func<ReadOnlyMemory<byte>, bool> isWanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<TreeItem> batch = [];
        await foreach (TreeItem item in new TreeWalker(objects).ListAsync(root, withDirectories: false, cancellationToken))
        {
            if (item.Mode.Kind() is not (EntryKind.File or EntryKind.Executable) || !isWanted(item.Path))
            {
                continue;
            }

            batch.Add(item);
            if (batch.Count == BatchContents)
            {
                yield return [.. batch];
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            yield return [.. batch];
        }
    }
}
