using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Intake;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Push.Closure;

/// <summary>The commits behind a push's targets that the log does not hold, in an order the log takes.</summary>
internal sealed class NewCommits(IRepository repository, ObjectSpool spool, PushLimits limits)
{
    private readonly Dictionary<ObjectId, NewCommit> _new = [];
    private readonly HashSet<ObjectId> _inLog = [];
    private readonly Dictionary<ObjectId, ObjectId> _treesInLog = [];

    /// <returns>Parents before children; of a line of commits the oldest first.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: a commit is missing.</exception>
    public async Task<IReadOnlyList<NewCommit>> FindAsync(IReadOnlyList<ObjectId> tips, CancellationToken cancellationToken)
    {
        // One question for all that the push names: a stack of a thousand commits is not a thousand questions.
        await LookUpAsync([.. spool.Ids.Where(id => spool.KindOf(id) == ObjectKind.Commit)], cancellationToken);
        List<(ObjectId Id, string Child)> open = [.. tips.Select(id => (id, "a ref's target"))];
        while (open.Count > 0)
        {
            open = await LoadAsync(open, cancellationToken);
        }

        return Sort(tips);
    }

    /// <summary>The trees of these commits, each of which is in the log or new.</summary>
    public async Task<ObjectId[]> TreesOfAsync(IReadOnlyList<ObjectId> commits, CancellationToken cancellationToken)
    {
        ObjectId[] absent = [.. commits.Where(id => !_new.ContainsKey(id) && !_treesInLog.ContainsKey(id)).Distinct()];
        if (absent.Length > 0)
        {
            using ObjectBatch batch = await repository.Objects.GetAsync(absent, cancellationToken);
            for (int i = 0; i < absent.Length; i++)
            {
                _treesInLog[absent[i]] = ParseStored(absent[i], batch[i]).Tree;
            }
        }

        return [.. commits.Select(id => _new.TryGetValue(id, out NewCommit? commit) ? commit.Tree : _treesInLog[id]).Distinct()];
    }

    private async Task LookUpAsync(ObjectId[] ids, CancellationToken cancellationToken)
    {
        foreach (ObjectId[] slice in ids.Chunk(IObjectStore.IdsMax))
        {
            IReadOnlyList<long?> positions = await repository.History.FindAsync(slice, cancellationToken);
            for (int i = 0; i < slice.Length; i++)
            {
                if (positions[i] is not null)
                {
                    _inLog.Add(slice[i]);
                }
            }
        }
    }

    /// <summary>Takes in these commits as far as they are new.</summary>
    /// <returns>Their parents that have not been looked at.</returns>
    private async Task<List<(ObjectId Id, string Child)>> LoadAsync(List<(ObjectId Id, string Child)> ids, CancellationToken cancellationToken)
    {
        List<(ObjectId, string)> next = [];
        List<(ObjectId Id, string Child)> elsewhere = [];
        Stack<(ObjectId Id, string Child)> pushed = new(ids);

        // Down through the push itself without asking anybody.
        while (pushed.TryPop(out (ObjectId Id, string Child) at))
        {
            if (_new.ContainsKey(at.Id) || _inLog.Contains(at.Id))
            {
                continue;
            }

            if (spool.FindBody(at.Id) is { } body && spool.KindOf(at.Id) == ObjectKind.Commit)
            {
                NewCommit commit = Add(at.Id, Commit.Parse(body));
                foreach (ObjectId parent in commit.Parents)
                {
                    pushed.Push((parent, $"commit {at.Id}"));
                }
            }
            else
            {
                elsewhere.Add(at);
            }
        }

        foreach ((ObjectId Id, string Child)[] slice in elsewhere.DistinctBy(e => e.Id).Chunk(IObjectStore.IdsMax))
        {
            await LookUpAsync([.. slice.Select(e => e.Id)], cancellationToken);
            (ObjectId Id, string Child)[] stored = [.. slice.Where(e => !_inLog.Contains(e.Id))];
            if (stored.Length == 0)
            {
                continue;
            }

            // Stored but not in the log: what a crash left behind. It is as good as new.
            using ObjectBatch batch = await repository.Objects.GetAsync(stored.Select(e => e.Id).ToArray(), cancellationToken);
            for (int i = 0; i < stored.Length; i++)
            {
                if (!batch.IsPresent(i))
                {
                    throw new RpcException(
                        RpcStatusCode.FailedPrecondition,
                        $"{stored[i].Child} needs commit {stored[i].Id}, which is neither in the push nor on the server; push it too.");
                }

                NewCommit commit = Add(stored[i].Id, ParseStored(stored[i].Id, batch[i]));
                next.AddRange(commit.Parents.Select(parent => (parent, $"commit {commit.Id}")));
            }
        }

        return next;
    }

    private NewCommit Add(ObjectId id, Commit commit)
    {
        if (_new.Count == limits.CommitsMax)
        {
            throw new RpcException(
                RpcStatusCode.ResourceExhausted,
                $"the push holds more than {limits.CommitsMax} new commits; push in several steps, or import it on the server with 'mr-admin import'.");
        }

        NewCommit added = new(id, commit);
        _new.Add(id, added);
        return added;
    }

    private static Commit ParseStored(ObjectId id, ReadOnlySpan<byte> envelope)
    {
        byte[] body = ObjectEnvelope.Decode(envelope, out ObjectKind kind);
        return kind == ObjectKind.Commit
            ? Commit.Parse(body)
            : throw new RpcException(RpcStatusCode.InvalidArgument, $"{id} stands where a commit belongs and is a {kind.ToName()}.");
    }

    /// <summary>Depth first, first parents first, without recursion: histories are long.</summary>
    private List<NewCommit> Sort(IReadOnlyList<ObjectId> tips)
    {
        List<NewCommit> sorted = new(_new.Count);
        HashSet<ObjectId> seen = new(_new.Count);
        Stack<(NewCommit Commit, int Next)> path = new();
        foreach (ObjectId tip in tips)
        {
            Enter(tip);
            while (path.TryPop(out (NewCommit Commit, int Next) top))
            {
                if (top.Next == top.Commit.Parents.Count)
                {
                    sorted.Add(top.Commit);
                    continue;
                }

                path.Push((top.Commit, top.Next + 1));
                Enter(top.Commit.Parents[top.Next]);
            }
        }

        return sorted;

        void Enter(ObjectId id)
        {
            if (_new.TryGetValue(id, out NewCommit? commit) && seen.Add(id))
            {
                path.Push((commit, 0));
            }
        }
    }
}
