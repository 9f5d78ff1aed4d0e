using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Paths;

/// <summary>
/// Histories of paths for a clone: the server's index for the commits that it has, the clone's own trees for local ones. Each question is
/// one round trip. Not thread-safe.
/// </summary>
public sealed class PathHistories(CommitLog log, IPathHistorySource source, IObjectSource objects)
{
    /// <summary>Paths one question names.</summary>
    public const int PathsMax = 1_024;

    private const int PositionsMax = 65_536;

    /// <summary>The changes of paths at or below a commit's position.</summary>
    /// <param name="paths">From the root, names joined by slashes; the root is empty. At most <see cref="PathsMax"/>.</param>
    /// <param name="newest">The highest position of interest.</param>
    /// <param name="countMax">Changes of each path, the newest; 0: all.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="RemoteException">The server can't be asked, or its answer is none.</exception>
    public async Task<IReadOnlyList<PathChanges>> ReadAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> paths, int newest, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paths.Count, PathsMax, nameof(paths));
        PathChanges[] lists = [.. paths.Select(_ => new PathChanges())];
        int below = Math.Min(newest + 1, log.ServerCount);
        GetPathHistoryRequest request = new() { Epoch = log.Epoch, Below = (ulong)below, Limit = (uint)countMax };
        request.Paths.AddRange(paths.Select(p => ByteString.CopyFrom(p.Span)));
        int ended = 0;
        await foreach (PathHistoryBlock block in source.GetPathHistoryAsync(request, cancellationToken))
        {
            if (block.Path >= lists.Length)
            {
                throw new RemoteException(RemoteError.Broken, $"The server tells of path {block.Path} of {lists.Length}.");
            }

            // A block that met the limit says that it is the last, but there may be older changes.
            PathChanges list = lists[block.Path];
            list.Add(block.Changes ?? new PathChangeList(), below, block.IsLast && (countMax == 0 || list.Positions.Count + block.Changes?.Steps.Count < countMax));
            ended += block.IsLast ? 1 : 0;
        }

        if (ended != lists.Length)
        {
            throw new RemoteException(RemoteError.Broken, $"The server's answer ends after {ended} of {lists.Length} paths.");
        }

        for (int position = log.ServerCount; position <= newest; position++)
        {
            await AddLocalAsync(paths, lists, position, cancellationToken);
        }

        return lists;
    }

    /// <summary>A path's whole history with what it named after each change: one round trip.</summary>
    /// <param name="path">From the root.</param>
    /// <param name="newest">The highest position of interest.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    /// <exception cref="RemoteException">The server can't be asked, or its answer is none.</exception>
    public async Task<PathVersions> ReadVersionsAsync(ReadOnlyMemory<byte> path, int newest, CancellationToken cancellationToken)
    {
        PathChanges changes = new();
        Dictionary<int, (FileMode, ObjectId)> entries = [];
        int below = Math.Min(newest + 1, log.ServerCount);
        GetPathHistoryRequest request = new() { Epoch = log.Epoch, Below = (ulong)below, WantEntries = true, Paths = { ByteString.CopyFrom(path.Span) } };
        bool isEnded = false;
        await foreach (PathHistoryBlock block in source.GetPathHistoryAsync(request, cancellationToken))
        {
            PathEntries.Add(changes.Add(block.Changes ?? new PathChangeList(), below, block.IsLast), block.Modes, block.Ids, entries);
            isEnded |= block.IsLast;
        }

        if (!isEnded)
        {
            throw new RemoteException(RemoteError.Broken, "The server's answer has no end.");
        }

        for (int position = log.ServerCount; position <= newest; position++)
        {
            await AddLocalAsync([path], [changes], position, cancellationToken);
            if (changes.IsChanged(position))
            {
                entries[position] = await FindAsync(path, position, cancellationToken);
            }
        }

        return new PathVersions(log, changes, entries, newest);
    }

    /// <summary>Answers what the index left open: one round trip for each path.</summary>
    /// <exception cref="RemoteException">The server can't be asked, or its answer is none.</exception>
    public async Task AnswerAsync(IReadOnlyList<ReadOnlyMemory<byte>> paths, PathSimplifier simplifier, CancellationToken cancellationToken)
    {
        foreach (IGrouping<int, PathQuestion> group in simplifier.Questions.GroupBy(q => q.Path))
        {
            int[] positions = [.. group.SelectMany(q => (int[])[q.Left, q.Right]).Distinct()];
            Dictionary<int, (FileMode, ObjectId)> entries = await ReadEntriesAsync(paths[group.Key], positions, cancellationToken);
            foreach (PathQuestion question in group)
            {
                simplifier.Answers[question] = entries[question.Left] == entries[question.Right];
            }
        }

        simplifier.Questions.Clear();
    }

    /// <summary>What a path names in commits; <see cref="FileMode.None"/> where nothing.</summary>
    /// <exception cref="RemoteException">The server can't be asked, or its answer is none.</exception>
    public async Task<Dictionary<int, (FileMode Mode, ObjectId Id)>> ReadEntriesAsync(
        ReadOnlyMemory<byte> path, IReadOnlyList<int> positions, CancellationToken cancellationToken)
    {
        Dictionary<int, (FileMode, ObjectId)> entries = [];
        foreach (int[] slice in positions.Where(p => p < log.ServerCount).Chunk(PositionsMax))
        {
            GetPathEntriesRequest request = new() { Epoch = log.Epoch, Path = ByteString.CopyFrom(path.Span) };
            request.Positions.AddRange(slice.Select(p => (ulong)p));
            GetPathEntriesResponse answer = await source.GetPathEntriesAsync(request, cancellationToken);
            PathEntries.Add(slice, answer.Modes, answer.Ids, entries);
        }

        foreach (int position in positions.Where(p => p >= log.ServerCount))
        {
            entries[position] = await FindAsync(path, position, cancellationToken);
        }

        return entries;
    }

    private async Task AddLocalAsync(IReadOnlyList<ReadOnlyMemory<byte>> paths, PathChanges[] lists, int position, CancellationToken cancellationToken)
    {
        IReadOnlyList<int> parents = log.GetParents(position);
        for (int i = 0; i < lists.Length; i++)
        {
            (FileMode, ObjectId) own = await FindAsync(paths[i], position, cancellationToken);
            (FileMode, ObjectId) first = parents.Count == 0 ? default : await FindAsync(paths[i], parents[0], cancellationToken);
            if (own == first)
            {
                continue;
            }

            ulong same = 0;
            for (int k = 1; k < parents.Count && k <= 64; k++)
            {
                same |= own == await FindAsync(paths[i], parents[k], cancellationToken) ? 1UL << (k - 1) : 0;
            }

            lists[i].AddLocal(position, same);
        }
    }

    private async ValueTask<(FileMode, ObjectId)> FindAsync(ReadOnlyMemory<byte> path, int position, CancellationToken cancellationToken)
    {
        TreeItem? item = await new TreeWalker(objects).FindAsync(log.GetNode(position).Tree, path, cancellationToken);
        return item is { } found ? (found.Mode.Canonical(), found.Id) : default;
    }
}
