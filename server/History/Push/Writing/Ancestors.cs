using Monorepo.Core;
using Monorepo.Rpc;

namespace Monorepo.History.Push.Writing;

/// <summary>
/// What some commits descend from, found from the newest on as far as questions go: a position in the log says how far that must be, because
/// parents stand before children. Keeps what it found for the next question. Not thread-safe.
/// </summary>
internal sealed class Ancestors
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
        while (!_known.Contains(id) && _open.TryPeek(out ObjectId next, out long priority) && -priority > position)
        {
            _open.Dequeue();
            if (_known.Count > CommitsMax)
            {
                throw new RpcException(RpcStatusCode.ResourceExhausted, $"to compare the histories takes more than {CommitsMax} commits.");
            }

            foreach ((ObjectId parent, long parentPosition) in await graph.ParentsAsync(next, -priority, cancellationToken))
            {
                Add(parent, parentPosition);
            }
        }

        return _known.Contains(id);
    }
}
