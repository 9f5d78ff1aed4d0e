using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Paths;

/// <summary>An entry of a directory and the commit that changed it last.</summary>
/// <param name="Name">Its name, without the directory.</param>
/// <param name="Mode">As the tree has it.</param>
/// <param name="Id">Its object.</param>
/// <param name="Commit">The position of the newest commit that <c>git log -1 -- ENTRY</c> gives; -1 where there is none.</param>
public readonly record struct LastModifiedItem(ReadOnlyMemory<byte> Name, FileMode Mode, ObjectId Id, int Commit);

/// <summary>
/// Finds for each entry of a directory the commit that changed it last: one question for all of them, a second for those whose newest
/// changes are on other lines of history. Not thread-safe.
/// </summary>
public sealed class LastModified(CommitLog log, IPathHistorySource source, IObjectSource objects)
{
    /// <summary>Changes of each entry asked for first.</summary>
    private const int NewestCount = 8;

    private const int NoCommit = -1;

    private readonly PathHistories _histories = new(log, source, objects);

    /// <returns>In the tree's order; null where the path is no directory in that commit.</returns>
    /// <exception cref="RemoteException">The server can't be asked, or its answer is none.</exception>
    public async Task<IReadOnlyList<LastModifiedItem>?> ReadAsync(int commit, ReadOnlyMemory<byte> directory, CancellationToken cancellationToken)
    {
        List<TreeItem> items = [];
        List<PathChanges> changes = [];
        if (commit < log.ServerCount)
        {
            GetLastModifiedRequest request = new()
            {
                Epoch = log.Epoch,
                Position = (ulong)commit,
                Directory = ByteString.CopyFrom(directory.Span),
                Limit = NewestCount,
            };
            GetLastModifiedResponse answer;
            try
            {
                answer = await source.GetLastModifiedAsync(request, cancellationToken);
            }
            catch (RemoteException e) when (e.Error == RemoteError.NotFound)
            {
                return null;
            }

            foreach (LastModifiedEntry entry in answer.Entries)
            {
                ObjectId id = entry.Id.Length == ObjectId.Size ? new ObjectId(entry.Id.Span) : throw new RemoteException(RemoteError.Broken, "The server tells an id that is none.");
                PathChanges list = new();
                list.Add(entry.Changes ?? new PathChangeList(), commit + 1, entry.IsLast);
                items.Add(new TreeItem(entry.Name.Memory, (FileMode)entry.Mode, id));
                changes.Add(list);
            }
        }
        else
        {
            TreeWalker walker = new(objects);
            if (await walker.FindAsync(log.GetNode(commit).Tree, directory, cancellationToken) is not { Mode: FileMode.Directory } found)
            {
                return null;
            }

            items = await walker.ReadItemsAsync(found.Id, default, cancellationToken);
            changes = [.. items.Select(_ => new PathChanges())];
        }

        return await FindAsync(commit, directory, items, changes, cancellationToken);
    }

    private async Task<IReadOnlyList<LastModifiedItem>> FindAsync(
        int commit, ReadOnlyMemory<byte> directory, List<TreeItem> items, List<PathChanges> changes, CancellationToken cancellationToken)
    {
        Line line = new(log, commit);
        int?[] found = [.. changes.Select(c => Find(commit, line, c))];
        int[] open = [.. Enumerable.Range(0, items.Count).Where(i => found[i] is null)];
        foreach (int[] slice in open.Chunk(PathHistories.PathsMax))
        {
            ReadOnlyMemory<byte>[] paths = [.. slice.Select(i => (ReadOnlyMemory<byte>)TreePaths.Join(directory.Span, items[i].Path.Span))];
            IReadOnlyList<PathChanges> whole = await _histories.ReadAsync(paths, commit, 0, cancellationToken);
            for (int i = 0; i < slice.Length; i++)
            {
                found[slice[i]] = Find(commit, line, whole[i]);
            }
        }

        return [.. items.Select((item, i) => new LastModifiedItem(item.Path, item.Mode, item.Id, found[i] ?? NoCommit))];
    }

    /// <summary>The commit; null where the list does not reach far enough.</summary>
    private int? Find(int commit, Line line, PathChanges changes)
    {
        foreach (int position in changes.Positions)
        {
            if (!line.Contains(position))
            {
                continue;
            }

            // The first change down the line of first parents is it, unless it is a merge that took another parent's: then the walk goes on there.
            PathSimplifier simplifier = new(log, [changes], [], firstParent: false);
            int last = LogWalk.Walk(log, new LogQuery([position], []) { Simplifier = simplifier }).DefaultIfEmpty(NoCommit).First();
            return simplifier.LowestAsked >= changes.CompleteFrom ? last : null;
        }

        return changes.CompleteFrom == 0 ? NoCommit : null;
    }

    /// <summary>A commit and its first parents, as far down as was asked.</summary>
    private sealed class Line(CommitLog log, int start)
    {
        private readonly HashSet<int> _positions = [start];
        private readonly List<int> _parents = [];
        private int _lowest = start;

        public bool Contains(int position)
        {
            while (_lowest > position)
            {
                _parents.Clear();
                log.AddParents(_lowest, _parents);
                if (_parents.Count == 0)
                {
                    break;
                }

                _lowest = _parents[0];
                _positions.Add(_lowest);
            }

            return _positions.Contains(position);
        }
    }
}
