using System.Runtime.CompilerServices;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>
/// What each commit of a log changed, with the contents at hand: windows of commits are planned at a time, their trees come in one round trip
/// and their contents in one batch, and the next window is fetched while one is printed. The first window is small, so that a reader
/// of the first page waits for no more.
/// </summary>
/// <param name="log">The history.</param>
/// <param name="objects">Where trees and contents come from.</param>
/// <param name="paths">Only these files and directories; none: all.</param>
/// <param name="firstParent">Merges are compared with their first parent; otherwise they are passed over.</param>
/// <param name="read">Of a commit's changes those whose contents will be read.</param>
internal sealed class ChangedCommits(CommitLog log, IObjectSource objects, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, bool firstParent, Func<IReadOnlyList<TreeChange>, IEnumerable<TreeChange>> read)
{
    private const int FirstWindowCommits = 64;
    private const int WindowCommitsMax = 1_024;

    /// <summary>Contents of one batch; a window of commits that changed more comes in several.</summary>
    private const int BatchContentsMax = 16_384;

    private readonly List<int> _parents = [];

    /// <param name="positions">Of the commits, in the order of the log.</param>
    /// <param name="cancellationToken">Ends fetches.</param>
    /// <returns>The commits in that order; no changes for merges that are passed over.</returns>
    public async IAsyncEnumerable<(int Position, IReadOnlyList<TreeChange> Changes)> ReadAsync(
        IEnumerable<int> positions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IEnumerator<int> rest = positions.GetEnumerator();
        int size = FirstWindowCommits;
        Task<List<Changed>> next = Begin();
        try
        {
            while (await next is { Count: > 0 } window)
            {
                size = Math.Min(2 * size, WindowCommitsMax);
                next = Begin();
                for (int done = 0; done < window.Count;)
                {
                    int end = await FetchAsync(window, done, stop.Token);
                    for (; done < end; done++)
                    {
                        yield return (window[done].Position, window[done].Changes);
                    }
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // The walk goes on here and nowhere else; only the fetching runs beside it.
        Task<List<Changed>> Begin()
        {
            List<Changed> window = [];
            while (window.Count < size && rest.MoveNext())
            {
                window.Add(PairOf(rest.Current));
            }

            return Task.Run(() => CompareAsync(window, stop.Token), CancellationToken.None);
        }
    }

    private async Task<List<Changed>> CompareAsync(List<Changed> window, CancellationToken cancellationToken)
    {
        for (int i = 0; i < window.Count; i++)
        {
            // Before the last commit of a shallow clone: the server has it.
            if (window[i] is { AbsentParent: { } parent, Trees: { } pair })
            {
                window[i] = window[i] with { Trees = new TreePair(Commit.Parse((await objects.ReadAsync(parent, cancellationToken)).Body).Tree, pair.Right) };
            }
        }

        await objects.EnsureDifferencesAsync([.. window.Select(static c => c.Trees).OfType<TreePair>()], paths, cancellationToken);
        for (int i = 0; i < window.Count; i++)
        {
            if (window[i].Trees is { } trees)
            {
                window[i] = window[i] with { Changes = await TreeDiff.CompareAsync(objects, trees.Left, trees.Right, cancellationToken, paths) };
            }
        }

        await FetchAsync(window, 0, cancellationToken);
        return window;
    }

    /// <summary>Makes the contents of some commits from a place on local; returns where the next batch begins.</summary>
    private async Task<int> FetchAsync(List<Changed> window, int start, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> contents = [];
        int end = start;
        for (; end < window.Count && (end == start || contents.Count + (2 * window[end].Changes.Count) <= BatchContentsMax); end++)
        {
            foreach (TreeChange change in read(window[end].Changes))
            {
                TreePatches.Want(change, contents);
            }
        }

        await objects.EnsureAsync(contents, cancellationToken);
        return end;
    }

    private Changed PairOf(int position)
    {
        int count = log.CountParents(position, _parents);
        if (count > 1 && !firstParent)
        {
            return new Changed(position, null);
        }

        ObjectId tree = log.GetNode(position).Tree;
        if (count == 0)
        {
            return new Changed(position, new TreePair(null, tree));
        }

        if (!log.IsShallow)
        {
            return new Changed(position, new TreePair(log.GetNode(_parents[0]).Tree, tree));
        }

        ObjectId first = log.Read(position).Parents[0];
        return log.TryFind(first, out CommitNode parent)
            ? new Changed(position, new TreePair(parent.Tree, tree))
            : new Changed(position, new TreePair(null, tree)) { AbsentParent = first };
    }

    private readonly record struct Changed(int Position, TreePair? Trees)
    {
        public IReadOnlyList<TreeChange> Changes { get; init; } = [];

        /// <summary>The parent whose tree is not known here.</summary>
        public ObjectId? AbsentParent { get; init; }
    }
}
