using Monorepo.Core;
using Monorepo.History.Push.Closure;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>Refs and commits as they will be once the pushes of a group decided so far are written. Not thread-safe.</summary>
internal sealed class GroupView
{
    private readonly Dictionary<RefName, ObjectId> _refs;
    private readonly HashSet<ObjectId> _inLog;
    private readonly HashSet<ObjectId> _appended = [];

    private readonly IRefStore _store;

    private GroupView(IRefStore store, CommitGraph graph, GroupTrees trees, RefSnapshot refs, HashSet<ObjectId> inLog)
    {
        _store = store;
        Graph = graph;
        Trees = trees;
        Offset = refs.Offset;
        DefaultBranch = refs.DefaultBranch;
        _refs = refs.Refs.ToDictionary(r => r.Name, r => r.Target);
        _inLog = inLog;
    }

    public CommitGraph Graph { get; }

    public GroupTrees Trees { get; }

    public long Offset { get; }

    public RefName? DefaultBranch { get; private set; }

    /// <summary>Commits to append for the pushes decided so far.</summary>
    public List<NewCommit> Commits { get; } = [];

    public static async Task<GroupView> OpenAsync(IRepository repository, IReadOnlyList<PendingPush> pushes, TreeCache cache, CancellationToken cancellationToken)
    {
        // The length before the look-up: whoever appends in between makes the group's append fail, not succeed wrongly.
        long length = await repository.History.GetLengthAsync(cancellationToken);
        HashSet<ObjectId> inLog = [];
        foreach (ObjectId[] ids in pushes.SelectMany(p => p.Push.Commits).Select(c => c.Id).Distinct().Chunk(IObjectStore.IdsMax))
        {
            IReadOnlyList<long?> positions = await repository.History.FindAsync(ids, cancellationToken);
            inLog.UnionWith(ids.Where((_, i) => positions[i] is not null));
        }

        RefSnapshot refs = await repository.Refs.FindAsync([.. pushes.SelectMany(p => p.Push.Updates).Select(u => u.Request.Name)], cancellationToken);
        return new GroupView(repository.Refs, new CommitGraph(repository, length), new GroupTrees(repository.Objects, cache), refs, inLog);
    }

    public ObjectId? CurrentOf(RefName name) => _refs.TryGetValue(name, out ObjectId target) ? target : null;

    /// <summary>A ref, of the store or made in this group, that can't stay where one of these is made; null where there is none.</summary>
    public async ValueTask<RefName?> FindClashAsync(IReadOnlyList<RefName> created, IReadOnlySet<RefName> deleted, CancellationToken cancellationToken)
    {
        foreach (RefName known in _refs.Keys.Where(r => !deleted.Contains(r)))
        {
            if (created.Any(known.ClashesWith))
            {
                return known;
            }
        }

        return await _store.FindClashAsync(created, deleted, cancellationToken);
    }

    /// <summary>Whether nobody appended the commit, before or in this group.</summary>
    public bool IsNew(ObjectId commit) => !_inLog.Contains(commit) && !_appended.Contains(commit);

    /// <summary>What follows sees the push's refs and commits.</summary>
    public void Apply(PushDecision decision, CheckedPush push)
    {
        Trees.Add(decision, push.Spool);
        foreach (RefChange change in decision.Changes)
        {
            if (change.Target is { } target)
            {
                _refs[change.Name] = target;
            }
            else
            {
                _refs.Remove(change.Name);
            }
        }

        DefaultBranch ??= decision.DefaultBranch;
        foreach (NewCommit commit in decision.Commits.Where(c => _appended.Add(c.Id)))
        {
            Commits.Add(commit);
            Graph.Append(commit);
        }
    }
}
