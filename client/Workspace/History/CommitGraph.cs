using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>The mapped <c>graph</c> and <c>edges</c> files up to the state's counts. Thread-safe.</summary>
internal sealed class CommitGraph : IDisposable
{
    private readonly MappedFile? _graph;
    private readonly MappedFile? _edges;
    private readonly int _edgeEntries;

    public CommitGraph(string graphPath, string edgesPath, HistoryState state)
    {
        Count = state.Commits;
        _edgeEntries = state.EdgeEntries;
        _graph = Map(graphPath, (long)state.Commits * CommitRecord.Size);
        _edges = Map(edgesPath, (long)state.EdgeEntries * sizeof(int));
    }

    public int Count { get; }

    public CommitRecord this[int position] => CommitRecord.Read(Bytes(position));

    public ObjectId IdAt(int position) => CommitRecord.ReadId(Bytes(position));

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
        if (entry >= _edgeEntries || edges[entry] < 0 || edges[entry] >= _edgeEntries - entry)
        {
            throw new CorruptHistoryException($"The parents of the commit at position {position} are not in the history's edges.");
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

    private static MappedFile? Map(string path, long bytes)
    {
        if (bytes == 0)
        {
            return null;
        }

        using FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadOnly);
        if (file is null || PosixFile.GetStatus(file).SizeBytes < bytes)
        {
            throw new CorruptHistoryException($"'{path}' is shorter than the history's state says.");
        }

        return new MappedFile(file, checked((int)bytes));
    }
}
