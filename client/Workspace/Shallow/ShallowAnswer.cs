using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Services;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Shallow;

/// <summary>Commits that a server sent, hashed, and checked to be those that were asked for as far as that can be told. Made part by part. Not thread-safe.</summary>
internal sealed class ShallowAnswer
{
    private readonly CommitsQuery _query;
    private readonly Dictionary<ObjectId, ShallowCommit> _commits = [];

    // What was asked for, and the parents of what came.
    private readonly HashSet<ObjectId> _expected = [];

    /// <param name="query">What was asked.</param>
    /// <param name="head">The first part of the answer.</param>
    /// <exception cref="RemoteException">The head is none.</exception>
    public ShallowAnswer(CommitsQuery query, CommitsHead head)
    {
        _query = query;
        Head = head;
        (DefaultBranch, Refs) = RefMessages.Read(head.Refs);
        if (Refs.FirstOrDefault(r => query.Refs.Count + query.Ids.Count == 0 ? r.Name != DefaultBranch : !query.Refs.Contains(r.Name)) is { Target.IsNull: false } other)
        {
            throw new RemoteException(RemoteError.Broken, $"The server sent the ref '{other.Name}', which was not asked for.");
        }

        if (Refs.DistinctBy(static r => r.Name).Count() < Refs.Count)
        {
            throw new RemoteException(RemoteError.Broken, "The server sent a ref twice.");
        }

        _expected.UnionWith(Refs.Select(static r => r.PeeledTarget));
        _expected.UnionWith(query.Ids);
    }

    public CommitsHead Head { get; }

    public RefName? DefaultBranch { get; }

    /// <summary>Those asked for that the server has.</summary>
    public IReadOnlyList<RefEntry> Refs { get; }

    public IReadOnlyCollection<ShallowCommit> Commits => _commits.Values;

    /// <summary>Takes a part.</summary>
    /// <exception cref="CorruptHistoryException">It holds what is no commit, or none that was asked for.</exception>
    public void Add(PlacedCommits part)
    {
        foreach (PlacedCommit placed in part.Commits)
        {
            ObjectId id = ObjectHasher.Hash(ObjectKind.Commit, placed.Body.Span);
            IReadOnlyList<ObjectId> parents;
            try
            {
                parents = Commit.Parse(placed.Body.Memory).Parents;
            }
            catch (MalformedObjectException e)
            {
                throw new CorruptHistoryException($"The server sent a commit that is none: {e.Message}", e);
            }

            if (placed.Position >= Head.Length || placed.Parents.Count != parents.Count || placed.Parents.Any(p => p >= placed.Position))
            {
                throw new CorruptHistoryException($"The server sent the commit {id} with a place that it can't have.");
            }

            if (!_expected.Contains(id) || _commits.Count == ServiceLimits.PlacedCommitsMax
                || !_commits.TryAdd(id, new ShallowCommit(id, placed.Body.Memory, (long)placed.Position, [.. placed.Parents.Select(static p => (long)p)])))
            {
                throw new CorruptHistoryException($"The server sent the commit {id}, which was not asked for.");
            }

            _expected.UnionWith(parents);
        }
    }

    /// <summary>Checks that all that was asked for came.</summary>
    /// <param name="isHere">Whether a commit is here already.</param>
    /// <exception cref="CorruptHistoryException">It did not.</exception>
    public void CheckComplete(Func<ObjectId, bool> isHere)
    {
        // Tags may name trees and blobs, and an id may be one that the server has not.
        HashSet<ObjectId> level = [.. Refs.Select(static r => r.PeeledTarget).Concat(_query.Ids).Where(_commits.ContainsKey)];
        if (Refs.FirstOrDefault(r => r.Name.IsBranch && !_commits.ContainsKey(r.PeeledTarget) && !isHere(r.PeeledTarget)) is { Target.IsNull: false } branch)
        {
            throw new CorruptHistoryException($"The server's branch '{branch.Name.Short}' is at {branch.PeeledTarget}, which is not among the commits it sent.");
        }

        HashSet<ObjectId> seen = [.. level];
        for (int depth = 1; depth < _query.Depth && level.Count > 0; depth++)
        {
            HashSet<ObjectId> next = [];
            foreach (ObjectId parent in level.SelectMany(id => Commit.Parse(_commits[id].Body).Parents).Where(seen.Add))
            {
                next.Add(_commits.ContainsKey(parent) ? parent : throw new CorruptHistoryException($"The server left the commit {parent} out, which was asked for."));
            }

            level = next;
        }
    }
}
