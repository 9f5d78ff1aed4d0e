using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Intake;
using Monorepo.History.Push.Policy;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Push.Closure;

/// <summary>
/// Proves that nothing is missing behind the refs a push wants: every target, every new commit's parents, everything its tree names.
/// </summary>
/// <remarks>
/// What proves an object whole: a commit in the log is (that is what the log promises), and with it all its trees. A tree that is merely in
/// the store is not, because a crash may have left it there without its parts; such a tree is walked like a new one. A blob has no parts.
/// </remarks>
internal sealed class PushCheck(IRepository repository, ObjectSpool spool, PushLimits limits, PushPolicy policy)
{
    /// <summary>Tags of tags of … something.</summary>
    private const int TagStepsMax = 64;

    private readonly NewCommits _commits = new(repository, spool, limits);
    private readonly TreeBodies _trees = new(spool, repository.Objects);
    private readonly ConnectivityWalk _walk = new(new TreeBodies(spool, repository.Objects), repository.Objects, spool, limits);

    /// <exception cref="RpcException">FAILED_PRECONDITION names what is missing; INVALID_ARGUMENT what doesn't fit; RESOURCE_EXHAUSTED a limit.</exception>
    public async Task<CheckedPush> RunAsync(IReadOnlyList<RequestedUpdate> updates, CancellationToken cancellationToken)
    {
        List<CheckedUpdate> checkedUpdates = new(updates.Count);
        List<ObjectId> tips = [];
        foreach (RequestedUpdate update in updates)
        {
            checkedUpdates.Add(await ResolveAsync(update, tips, cancellationToken));
        }

        IReadOnlyList<NewCommit> commits = await _commits.FindAsync(tips, cancellationToken);
        foreach (NewCommit commit in commits)
        {
            ObjectId[] parentTrees = await _commits.TreesOfAsync(commit.Parents, cancellationToken);
            await _walk.AddTreeAsync(commit.Tree, parentTrees, $"commit {commit.Id}", cancellationToken);
        }

        await _walk.FinishAsync(cancellationToken);
        HashSet<ObjectId> objects = _walk.Reached;
        objects.UnionWith(commits.Select(c => c.Id).Where(id => spool.KindOf(id) is not null));
        PolicyViolation? violation = await new PolicyCheck(policy, _trees, spool, limits).FindAsync(commits, _commits.TreesOfAsync, cancellationToken);
        return new CheckedPush(checkedUpdates, commits, objects, spool, policy, violation);
    }

    /// <summary>Follows tags to what they name, and notes the commits whose history must be whole.</summary>
    private async Task<CheckedUpdate> ResolveAsync(RequestedUpdate update, List<ObjectId> tips, CancellationToken cancellationToken)
    {
        if (update.New is not { } id)
        {
            return new CheckedUpdate(update, null, IsCommit: false);
        }

        ObjectId? peeled = null;
        ObjectKind? firstKind = null;
        for (int step = 0; step < TagStepsMax; step++)
        {
            (ObjectKind kind, byte[]? tag) = await ReadTargetAsync(update.Name, id, cancellationToken);
            firstKind ??= kind;
            if (kind != ObjectKind.Commit && update.Name.IsBranch)
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"branch {update.Name} would name a {kind.ToName()}; branches name commits.");
            }

            switch (kind)
            {
                case ObjectKind.Commit:
                    tips.Add(id);
                    return new CheckedUpdate(update, peeled, firstKind == ObjectKind.Commit);
                case ObjectKind.Tree:
                    await _walk.AddTreeAsync(id, [], $"ref {update.Name}", cancellationToken);
                    return new CheckedUpdate(update, peeled, IsCommit: false);
                case ObjectKind.Blob:
                    _walk.AddBlob(id);
                    return new CheckedUpdate(update, peeled, IsCommit: false);
                default:
                    _walk.AddReached(id);
                    id = Tag.Parse(tag!).Target;
                    peeled = id;
                    break;
            }
        }

        throw new RpcException(RpcStatusCode.InvalidArgument, $"ref {update.Name} names a chain of more than {TagStepsMax} tags.");
    }

    private async Task<(ObjectKind Kind, byte[]? Tag)> ReadTargetAsync(RefName name, ObjectId id, CancellationToken cancellationToken)
    {
        if (spool.KindOf(id) is { } pushed)
        {
            return (pushed, pushed == ObjectKind.Tag ? spool.FindBody(id) : null);
        }

        using ObjectBatch batch = await repository.Objects.GetAsync(new[] { id }, cancellationToken);
        if (!batch.IsPresent(0))
        {
            throw new RpcException(RpcStatusCode.FailedPrecondition, $"ref {name} would name {id}, which is neither in the push nor on the server.");
        }

        ObjectKind kind = ObjectEnvelope.ReadHeader(batch[0]).Kind;
        return (kind, kind == ObjectKind.Tag ? ObjectEnvelope.Decode(batch[0], out _) : null);
    }
}
