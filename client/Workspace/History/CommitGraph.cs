using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Formats.History;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>The mapped <c>graph</c> and <c>edges</c> files up to the state's counts. Thread-safe.</summary>
internal sealed class CommitGraph : ICommitIds, IDisposable
{
    private readonly MappedFile? _graph;
    private readonly MappedFile? _edges;
    private readonly int _edgeEntries;

    /// <summary>What one mapping reaches.</summary>
    public const int CommitsMax = int.MaxValue / CommitRecord.Size;

    public CommitGraph(HistoryFiles files, HistoryState state)
    {
        _edges = Map(files.Edges, (long)state.EdgeEntries * sizeof(int), (long)state.EdgeEntries * sizeof(int));
        _edgeEntries = state.EdgeEntries;
        try
        {
            _graph = Map(files.Graph, (long)state.Synced * CommitRecord.Size, (long)state.Commits * CommitRecord.Size);
        }
        catch
        {
            Dispose();
            throw;
        }

        // Behind what is known to be on the device a power loss may have taken some; the next pull brings it again.
        Count = (_graph?.Memory.Length ?? 0) / CommitRecord.Size;
    }

    public int Count { get; }

    public CommitRecord this[int position] => CommitRecord.Read(Bytes(position));

    public ObjectId IdAt(int position) => CommitRecord.ReadId(Bytes(position));

    ObjectId ICommitIds.GetId(long position) => this[(int)position].Id;

    /// <summary>-1 for a commit without parents.</summary>
    public int FirstParentAt(int position)
    {
        int parent = CommitRecord.ReadFirstParent(Bytes(position));
        return parent == CommitRecord.NoParent ? -1 : CheckParent(parent, position);
    }

    /// <inheritdoc cref="CommitLog.FollowFirstParents"/>
    public int FollowFirstParents(int position, int stop)
    {
        ReadOnlySpan<byte> graph = _graph is null ? default : _graph.GetSpan();
        while (position > stop)
        {
            int parent = CommitRecord.ReadFirstParent(graph.Slice(position * CommitRecord.Size, CommitRecord.Size));
            if (parent == CommitRecord.NoParent)
            {
                break;
            }

            position = CheckParent(parent, position);
        }

        return position;
    }

    /// <summary>Adds the positions of the parents, in the commit's order.</summary>
    public void AddParents(in CommitRecord record, int position, List<int> parents)
    {
        if (record.Parent1 == CommitRecord.NoParent)
        {
            return;
        }

        parents.Add(CheckParent(record.Parent1, position));
        if (!record.HasEdges)
        {
            if (record.Parent2 != CommitRecord.NoParent)
            {
                parents.Add(CheckParent(record.Parent2, position));
            }

            return;
        }

        ReadOnlySpan<int> edges = _edges is null ? default : MemoryMarshal.Cast<byte, int>(_edges.GetSpan());
        int entry = record.EdgeEntry;
        if (entry > _edgeEntries - 2 || edges[entry] < 0 || edges[entry] > _edgeEntries - entry - 2
            || Checksum.Compute(MemoryMarshal.AsBytes(edges.Slice(entry, edges[entry] + 1))) != (uint)edges[entry + edges[entry] + 1])
        {
            throw new CorruptHistoryException($"The parents of the commit at position {position} are damaged: remove the folder '.mr/history' and run 'mr pull'.");
        }

        foreach (int parent in edges.Slice(entry + 1, edges[entry]))
        {
            parents.Add(CheckParent(parent, position));
        }
    }

    public void Dispose()
    {
        ((IDisposable?)_graph)?.Dispose();
        ((IDisposable?)_edges)?.Dispose();
    }

    // Walks rely on it to end.
    private static int CheckParent(int parent, int position) => (uint)parent < (uint)position
        ? parent
        : throw new CorruptHistoryException($"The commit at position {position} has its parent at {parent}.");

    private ReadOnlySpan<byte> Bytes(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        return _graph!.GetSpan().Slice(position * CommitRecord.Size, CommitRecord.Size);
    }

    private static MappedFile? Map(string path, long bytesMin, long bytesMax)
    {
        if (bytesMax == 0)
        {
            return null;
        }

        using FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadOnly);
        long bytes = file is null ? 0 : Math.Min(PosixFile.GetStatus(file).SizeBytes, bytesMax);
        return bytes < bytesMin
            ? throw CorruptHistoryException.Refetch(Path.GetDirectoryName(path)!, $"'{path}' is shorter than the history's state says.")
            : bytes == 0 ? null : new MappedFile(file!, checked((int)bytes));
    }
}
