using Monorepo.Core;
using Monorepo.Rpc;

namespace Monorepo.History.Push.Writing;

/// <summary>
/// What some commits descend from, found from the newest on as far as questions go: a position in the log says how far that must be, because
/// parents stand before children. Keeps what it found for the next question. After an exception it must not be used again. Not thread-safe.
/// </summary>
/// <param name="read">Told of every commit whose parents were looked at.</param>
internal sealed class Ancestors(Action<ObjectId, Commit>? read = null)
{
    /// <summary>Commits one walk may find before it gives up.</summary>
    private const int CommitsMax = 4_000_000;

    private readonly HashSet<ObjectId> _known = [];
    private readonly PriorityQueue<ObjectId, long> _open = new();

    /// <summary>How many commits were found.</summary>
    public int Count => _known.Count;

    /// <summary>Adds a commit that counts as its own ancestor.</summary>
    public void Add(ObjectId id, long position)
    {
        if (_known.Add(id))
        {
            _open.Enqueue(id, -position);
        }
    }

    /// <summary>Whether the commit is one of those added, or an ancestor of one.</summary>
    /// <param name="id">A commit of the graph.</param>
    /// <param name="position">Where it stands.</param>
    /// <param name="graph">The commits by id.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public async ValueTask<bool> ContainsAsync(ObjectId id, long position, CommitGraph graph, CancellationToken cancellationToken)
    {
        while (!_known.Contains(id) && await StepAsync(position, graph, cancellationToken))
        {
        }

        return _known.Contains(id);
    }

    /// <summary>Looks at all that stands behind a position.</summary>
    public async ValueTask ReadToAsync(long position, CommitGraph graph, CancellationToken cancellationToken)
    {
        while (await StepAsync(position, graph, cancellationToken))
        {
        }
    }

    /// <summary>Looks at the newest commit not looked at.</summary>
    /// <returns>False when none stands behind the position.</returns>
    private async ValueTask<bool> StepAsync(long position, CommitGraph graph, CancellationToken cancellationToken)
    {
        if (!_open.TryPeek(out ObjectId next, out long priority) || -priority <= position)
        {
            return false;
        }

        if (_known.Count > CommitsMax)
        {
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"to compare the histories takes more than {CommitsMax} commits.");
        }

        _open.Dequeue();
        Commit commit = await graph.ReadAsync(next, -priority, cancellationToken);
        read?.Invoke(next, commit);
        foreach (ObjectId parent in commit.Parents)
        {
            Add(parent, await graph.FindAsync(parent, cancellationToken)
                ?? throw new Formats.Objects.CorruptObjectException($"Commit {next} is in the log and its parent {parent} is not."));
        }

        return true;
    }
}
