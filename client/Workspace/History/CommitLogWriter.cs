using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>A run whose commits were hashed and read: what can be done for many runs at once.</summary>
public sealed class VerifiedRun
{
    private VerifiedRun(CommitRun run, ObjectId[] ids, Commit[] commits)
    {
        Run = run;
        Ids = ids;
        Commits = commits;
    }

    internal CommitRun Run { get; }

    internal ObjectId[] Ids { get; }

    internal Commit[] Commits { get; }

    /// <exception cref="CorruptHistoryException">The bytes are no run of commits.</exception>
    public static VerifiedRun From(CommitRun run)
    {
        try
        {
            IReadOnlyList<ReadOnlyMemory<byte>> bodies = CommitRunCodec.Unpack(run);
            ObjectId[] ids = new ObjectId[bodies.Count];
            Commit[] commits = new Commit[bodies.Count];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = ObjectHasher.Hash(ObjectKind.Commit, bodies[i].Span);
                commits[i] = Commit.Parse(bodies[i]);
            }

            return new VerifiedRun(run, ids, commits);
        }
        catch (Exception e) when (e is CorruptCommitRunException or MalformedObjectException)
        {
            throw new CorruptHistoryException($"The server sent a damaged run of commits at position {run.Position}: {e.Message}", e);
        }
    }
}

/// <summary>
/// Appends runs to the clone's history. What was appended counts once <see cref="Checkpoint"/> returned, and then survives a
/// power loss; what an interrupted writer left behind is cut off on opening. One at a time: the caller holds the clone's lock. Not thread-safe.
/// </summary>
public sealed class CommitLogWriter : IDisposable
{
    // Between checkpoints at most this much of the log is fetched again after a crash.
    private const long CheckpointBytes = 16L << 20;

    private readonly HistoryFiles _files;
    private readonly CommitLog _before;
    private readonly Dictionary<ObjectId, int> _added = [];
    private readonly FileDescriptor _commits;
    private readonly FileDescriptor _graph;
    private readonly FileDescriptor _edges;
    private HistoryState _state;
    private HistoryState _saved;

    /// <param name="directory">The clone's <c>history</c> directory; made where it is not there.</param>
    /// <param name="epoch">Of the runs to come; taken over by an empty log.</param>
    /// <exception cref="ArgumentException">The log is of another epoch.</exception>
    public CommitLogWriter(string directory, ulong epoch)
    {
        Directory.CreateDirectory(directory);
        _files = new HistoryFiles(directory);
        _before = CommitLog.Open(directory);
        _saved = HistoryState.Load(_files.State);
        if (_saved.Commits > 0 && _saved.Epoch != epoch)
        {
            _before.Dispose();
            throw new ArgumentException($"The history here is of epoch {_saved.Epoch:x}, not {epoch:x}.", nameof(epoch));
        }

        _state = _saved with { Epoch = epoch };
        _commits = OpenCut(_files.Commits, _state.LogBytes);
        _graph = OpenCut(_files.Graph, (long)_state.Commits * CommitRecord.Size);
        _edges = OpenCut(_files.Edges, (long)_state.EdgeEntries * sizeof(int));
    }

    /// <summary>The position the next run must start at.</summary>
    public int Count => _state.Commits;

    /// <summary>Appends a run; checkpoints now and then.</summary>
    /// <exception cref="CorruptHistoryException">The run is not the next one, a parent is missing, or a commit is here already.</exception>
    public void Append(VerifiedRun run)
    {
        if (run.Run.Position != (ulong)_state.Commits)
        {
            throw new CorruptHistoryException($"The server sent commits from position {run.Run.Position}; {_state.Commits} was to come.");
        }

        int count = run.Ids.Length;
        if (count > Array.MaxLength / CommitRecord.Size - _state.Commits)
        {
            throw new CorruptHistoryException($"A clone holds at most {Array.MaxLength / CommitRecord.Size} commits.");
        }

        byte[] records = new byte[count * CommitRecord.Size];
        List<int> edges = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                WriteRecord(run, i, edges, records.AsSpan(i * CommitRecord.Size));
            }
        }
        catch
        {
            // Nothing of the run counts, so its commits must not be found as parents either.
            foreach (ObjectId id in run.Ids)
            {
                if (_added.TryGetValue(id, out int position) && position >= _state.Commits)
                {
                    _added.Remove(id);
                }
            }

            throw;
        }

        WriteRun(run.Run, records, edges);
        if (_state.LogBytes - _saved.LogBytes >= CheckpointBytes)
        {
            SaveState();
        }
    }

    /// <summary>Makes all that was appended count, durably, and brings the index up to it.</summary>
    public void Checkpoint()
    {
        SaveState();
        using CommitGraph graph = new(_files.Graph, _files.Edges, _state);
        CommitIndex.Update(_files.Index, _state.Epoch, graph);
    }

    /// <summary>Closes the files. What was not checkpointed is forgotten.</summary>
    public void Dispose()
    {
        _commits.Dispose();
        _graph.Dispose();
        _edges.Dispose();
        _before.Dispose();
    }

    private void WriteRecord(VerifiedRun run, int index, List<int> edges, Span<byte> destination)
    {
        ObjectId id = run.Ids[index];
        Commit commit = run.Commits[index];
        int position = _state.Commits + index;
        if (_before.Contains(id) || !_added.TryAdd(id, position))
        {
            throw new CorruptHistoryException($"The server sent commit {id} twice.");
        }

        int parent1 = CommitRecord.NoParent;
        int parent2 = CommitRecord.NoParent;
        IReadOnlyList<ObjectId> parents = commit.Parents;
        if (parents.Count > 0)
        {
            parent1 = FindParent(id, parents[0], position);
        }

        if (parents.Count == 2)
        {
            parent2 = FindParent(id, parents[1], position);
        }
        else if (parents.Count > 2)
        {
            parent2 = CommitRecord.FromEdgeEntry(_state.EdgeEntries + edges.Count);
            edges.Add(parents.Count - 1);
            edges.AddRange(parents.Skip(1).Select(p => FindParent(id, p, position)));
        }

        // Git reads a time before 1970 or none as 0.
        long seconds = Math.Max(0, commit.Committer.UnixSeconds);
        new CommitRecord(id, commit.Tree, seconds, parent1, parent2, _state.LogBytes, index).Write(destination);
    }

    private int FindParent(ObjectId child, ObjectId parent, int position)
    {
        if (_before.TryFind(parent, out CommitNode node))
        {
            return node.Position;
        }

        return _added.TryGetValue(parent, out int found) && found < position
            ? found
            : throw new CorruptHistoryException($"The server sent commit {child} before its parent {parent}.");
    }

    private void WriteRun(CommitRun run, byte[] records, List<int> edges)
    {
        Span<byte> header = stackalloc byte[CommitRunFile.HeaderBytes];
        CommitRunFile.WriteHeader(header, run);
        PosixFile.WriteAt(_commits, header, _state.LogBytes);
        PosixFile.WriteAt(_commits, run.Bodies.Span, _state.LogBytes + header.Length);
        PosixFile.WriteAt(_graph, records, (long)_state.Commits * CommitRecord.Size);
        if (edges.Count > 0)
        {
            byte[] bytes = new byte[edges.Count * sizeof(int)];
            for (int i = 0; i < edges.Count; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), edges[i]);
            }

            PosixFile.WriteAt(_edges, bytes, (long)_state.EdgeEntries * sizeof(int));
        }

        _state = _state with
        {
            Commits = _state.Commits + (int)run.Count,
            LogBytes = _state.LogBytes + header.Length + run.Bodies.Length,
            EdgeEntries = _state.EdgeEntries + edges.Count,
        };
    }

    private void SaveState()
    {
        if (_state == _saved)
        {
            return;
        }

        PosixFile.Sync(_commits);
        PosixFile.Sync(_edges);
        PosixFile.Sync(_graph);
        _state.Save(_files.State);
        _saved = _state;
    }

    private static FileDescriptor OpenCut(string path, long bytes)
    {
        FileDescriptor file = DurableFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create);
        if (PosixFile.GetStatus(file).SizeBytes > bytes)
        {
            PosixFile.SetLength(file, bytes);
        }

        return file;
    }
}
