using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>Appends to <c>graph</c> and <c>edges</c>, and reads ids back through a mapping. The caller holds the clone's lock. Not thread-safe.</summary>
internal sealed class CommitGraphWriter : IDisposable
{
    // What a mapping reaches beyond what is expected, so that a server that grows meanwhile costs few of them.
    private const int SpareCommits = 8192;

    // Pages that were read stay with the process as long as the mapping does; a new one keeps them to some megabytes.
    private const int CommitsPerMapping = 128 * 1024;

    private readonly FileDescriptor _graph;
    private readonly FileDescriptor _edges;
    private MappedFile? _map;
    private int _mapped;
    private int _mappedAt;
    private bool _edgesChanged;
    private byte[] _records = [];

    /// <param name="files">Where the files are, or will be.</param>
    /// <param name="state">What counts of them; the rest is cut off.</param>
    /// <exception cref="CorruptHistoryException">They are shorter than what is known to be on the device.</exception>
    public CommitGraphWriter(HistoryFiles files, HistoryState state)
    {
        EdgeEntries = state.EdgeEntries;
        _graph = DurableFile.Open(files.Graph, OpenFlags.ReadWrite | OpenFlags.Create);
        _edges = DurableFile.Open(files.Edges, OpenFlags.ReadWrite | OpenFlags.Create);
        Count = (int)Math.Min(state.Commits, PosixFile.GetStatus(_graph).SizeBytes / CommitRecord.Size);
        if (Count < state.Synced || PosixFile.GetStatus(_edges).SizeBytes < (long)EdgeEntries * sizeof(int))
        {
            Dispose();
            throw CorruptHistoryException.Refetch(files.Directory, "The history's graph is shorter than its state says.");
        }

        PosixFile.SetLength(_edges, (long)EdgeEntries * sizeof(int));
        Map(Count);
    }

    public int Count { get; private set; }

    public int EdgeEntries { get; private set; }

    /// <param name="position">Below <see cref="Count"/>.</param>
    public ObjectId IdAt(int position) => CommitRecord.ReadId(Record(position));

    /// <summary>The first record from a position on whose checksum is wrong, or <see cref="Count"/>.</summary>
    public int FindDamage(int from)
    {
        while (from < Count && CommitRecord.IsWhole(Record(from)))
        {
            from++;
        }

        return from;
    }

    /// <summary>Makes room for what is to come, so that mapping it happens once.</summary>
    /// <param name="commits">That the graph will have, as far as known.</param>
    public void Expect(int commits)
    {
        if (commits > _mapped)
        {
            Map(commits);
        }
    }

    public void Append(VerifiedPiece piece)
    {
        int bytes = piece.Count * CommitRecord.Size;
        if (_records.Length < bytes)
        {
            _records = GC.AllocateUninitializedArray<byte>(bytes);
        }

        List<int> edges = [];
        for (int i = 0; i < piece.Count; i++)
        {
            ReadOnlySpan<int> parents = piece.ParentsOf(i);
            int parent2 = parents.Length > 1 ? parents[1] : CommitRecord.NoParent;
            if (parents.Length > 2)
            {
                parent2 = CommitRecord.FromEdgeEntry(EdgeEntries + edges.Count);
                int start = edges.Count;
                edges.Add(parents.Length - 1);
                edges.AddRange(parents[1..]);
                edges.Add((int)Checksum.Compute(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(edges)[start..])));
            }

            piece.RecordOf(i, parent2).Write(_records.AsSpan(i * CommitRecord.Size));
        }

        PosixFile.WriteAt(_graph, _records.AsSpan(0, bytes), (long)Count * CommitRecord.Size);
        if (edges.Count > 0)
        {
            PosixFile.WriteAt(_edges, MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(edges)), (long)EdgeEntries * sizeof(int));
            _edgesChanged = true;
        }

        Count += piece.Count;
        EdgeEntries += edges.Count;
        if (Count > _mapped || Count - _mappedAt > CommitsPerMapping)
        {
            Map(Math.Max(Count, _mapped - SpareCommits));
        }
    }

    /// <summary>Syncs <c>edges</c>, which change seldom and are not looked through after a power loss.</summary>
    public void SyncEdges()
    {
        if (_edgesChanged)
        {
            PosixFile.Sync(_edges);
            _edgesChanged = false;
        }
    }

    public void Sync() => PosixFile.Sync(_graph);

    /// <summary>Cuts off what was made longer for the mapping.</summary>
    public void Dispose()
    {
        ((IDisposable?)_map)?.Dispose();
        if (_map is not null)
        {
            PosixFile.SetLength(_graph, (long)Count * CommitRecord.Size);
        }

        _graph.Dispose();
        _edges.Dispose();
    }

    // The file gets the mapping's length at once, filled by the writes, which the mapping shows.
    private void Map(int commits)
    {
        ((IDisposable?)_map)?.Dispose();
        _mapped = Math.Min(commits + SpareCommits, CommitGraph.CommitsMax);
        _mappedAt = Count;
        PosixFile.Extend(_graph, (long)_mapped * CommitRecord.Size);
        _map = new MappedFile(_graph, _mapped * CommitRecord.Size);
    }

    private ReadOnlySpan<byte> Record(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        return _map!.GetSpan().Slice(position * CommitRecord.Size, CommitRecord.Size);
    }
}
