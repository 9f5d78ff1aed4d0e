using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;
using HistoryHead = Monorepo.Formats.Protos.HistoryHead;

namespace Monorepo.Workspace.Shallow;

/// <summary>
/// Makes clones that have only the last commits of what they follow, and brings what is new or older into them. What it costs, here and on the server, depends on the
/// commits that come and on those that are here, never on the history.
/// </summary>
public static class ShallowClone
{
    private const int HavesMax = 256;

    /// <summary>
    /// Makes a shallow clone in one round trip: one ref and the last commits of it, no contents; nothing is checked out. Interrupted, it is there as a whole
    /// or begins anew when the same is cloned into the same directory again.
    /// </summary>
    /// <param name="remote">The repository; stays the caller's.</param>
    /// <param name="directory">As for <see cref="Clone.CreateAsync"/>.</param>
    /// <param name="depth">Commits on each way down from the ref's, itself included; at least 1.</param>
    /// <param name="revision">A branch, a tag or a whole commit id; null: the default branch.</param>
    /// <param name="progress">Told after each part.</param>
    /// <param name="cancellationToken">Interrupts.</param>
    /// <param name="edges">As for <see cref="Clone.CreateAsync"/>.</param>
    /// <param name="settings">What is set outside of the clone; null: nothing.</param>
    /// <exception cref="CloneException"><see cref="CloneError.NotEmpty"/>, <see cref="CloneError.Locked"/>, <see cref="CloneError.RevisionUnknown"/>, <see cref="CloneError.TooFarBehind"/>.</exception>
    /// <exception cref="RemoteException">The server can't be reached or failed.</exception>
    /// <exception cref="CorruptHistoryException">What the server sent is not what was asked for.</exception>
    public static async Task<Clone> CreateAsync(
        IRemoteRepository remote, string directory, int depth, string? revision, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken,
        IReadOnlyList<Uri>? edges = null, SettingSources? settings = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ClonePaths paths = new(Path.GetFullPath(directory));
        Clone.Prepare(paths, remote.Url, edges);
        using (CloneLock.Take(paths))
        {
            ShallowAnswer answer = await new ShallowReceiver(remote, progress).ReceiveAsync(Named(revision, depth), cancellationToken);
            answer.CheckComplete(static _ => false);
            if (revision is not null && answer.Commits.Count == 0)
            {
                throw new CloneException(CloneError.RevisionUnknown, $"The server has no branch, tag or commit '{revision}'.");
            }

            ShallowFile.Save(paths.Shallow, new ShallowCommits(answer.Head.Epoch, answer.Commits));
            FollowedRefs(answer.DefaultBranch, answer.Refs).Save(paths.Refs);
            Clone.SaveOffer(paths, answer.Head.Blobs);

            // HEAD last: with it the clone is whole, also after a power loss.
            RefName? branch = revision is null ? answer.DefaultBranch : answer.Refs.Where(static r => r.Name.IsBranch).Select(static r => (RefName?)r.Name).FirstOrDefault();
            new HeadState(branch ?? answer.DefaultBranch, null).Save(paths.Head);
        }

        return Clone.Open(paths.WorkingCopy, settings);
    }

    /// <summary>Takes the commits that the followed refs have newly, and where these are now: one round trip.</summary>
    /// <param name="clone">A shallow one.</param>
    /// <param name="remote">The repository; stays the caller's.</param>
    /// <param name="depth">0: all that is new. Otherwise so many commits of each ref, and older ones go unless something here names them.</param>
    /// <param name="progress">Told after each part.</param>
    /// <param name="cancellationToken">Interrupts; nothing is changed then.</param>
    /// <exception cref="CloneException"><see cref="CloneError.HistoryRebuilt"/>, <see cref="CloneError.Locked"/>, <see cref="CloneError.TooFarBehind"/>.</exception>
    public static async Task<PullResult> PullAsync(Clone clone, IRemoteRepository remote, int depth, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        ShallowCommits before = Refresh(clone);
        HashSet<RefName> asked = [.. clone.Refs.List().Select(static r => r.Name)];
        if (clone.Head.Branch is { } branch)
        {
            asked.Add(branch);
        }

        ShallowAnswer answer = await new ShallowReceiver(remote, progress)
            .ReceiveAsync(new CommitsQuery(asked, [], depth, depth > 0 ? [] : [.. before.Tips.Take(HavesMax)]), cancellationToken);
        RefSet refs = FollowedRefs(answer.DefaultBranch, answer.Refs);
        IReadOnlyList<RefMove> moves = refs.MovesSince(clone.Refs);
        int count = Merge(clone, before, answer, refs, dropsOlder: depth > 0);
        Clone.SaveOffer(clone.Paths, answer.Head.Blobs);
        return new PullResult(count, moves);
    }

    /// <summary>Takes so many commits more behind each that is the last one here. One round trip.</summary>
    /// <returns>How many came; 0 where nothing is missing.</returns>
    /// <inheritdoc cref="PullAsync" path="/exception"/>
    public static async Task<int> DeepenAsync(Clone clone, IRemoteRepository remote, int commits, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(commits, 1);
        using CloneLock held = CloneLock.Take(clone.Paths);
        ShallowCommits before = Refresh(clone);
        ObjectId[] missing = [.. before.MissingParents];
        if (missing.Length == 0)
        {
            return 0;
        }

        ShallowAnswer answer = await new ShallowReceiver(remote, progress).ReceiveAsync(new CommitsQuery([], missing, commits, []), cancellationToken);
        int came = Merge(clone, before, answer, clone.Refs, dropsOlder: false);
        return came >= missing.Length ? came : throw new CorruptHistoryException($"The server sent {came:N0} of {missing.Length:N0} commits that its history must have.");
    }

    /// <summary>Takes a revision that is not here, with no commit before it; a branch or tag is followed from then on.</summary>
    /// <param name="clone">A shallow one.</param>
    /// <param name="remote">The repository; stays the caller's.</param>
    /// <param name="revision">A branch, a tag or a whole commit id.</param>
    /// <param name="cancellationToken">Interrupts; nothing is changed then.</param>
    /// <returns>Whether the server has it.</returns>
    /// <inheritdoc cref="PullAsync" path="/exception"/>
    public static async Task<bool> FetchAsync(Clone clone, IRemoteRepository remote, string revision, CancellationToken cancellationToken)
    {
        CommitsQuery query = Named(revision, 1);
        if (query.Refs.Count + query.Ids.Count == 0)
        {
            return false;
        }

        using CloneLock held = CloneLock.Take(clone.Paths);
        ShallowCommits before = Refresh(clone);
        ShallowAnswer answer = await new ShallowReceiver(remote, null).ReceiveAsync(query, cancellationToken);
        if (answer.Commits.Count > 0)
        {
            HashSet<RefName> fresh = [.. answer.Refs.Select(static r => r.Name)];
            Merge(clone, before, answer, FollowedRefs(clone.Refs.DefaultBranch, clone.Refs.List().Where(r => !fresh.Contains(r.Name)).Concat(answer.Refs)), dropsOlder: false);
        }

        return answer.Commits.Count > 0;
    }

    /// <summary>
    /// Takes the whole history: afterwards the clone is as if it had never been shallow. Interrupted, the clone stays shallow, and what came stays and is gone on with.
    /// </summary>
    /// <inheritdoc cref="PullAsync" path="/exception"/>
    public static async Task<PullResult> UnshallowAsync(Clone clone, IRemoteRepository remote, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        ShallowCommits before = Refresh(clone);
        ClonePaths paths = clone.Paths;
        HistoryHead head = await new HistoryReceiver(remote, paths.History, null, progress).ReceiveFirstAsync(cancellationToken);
        CheckEpoch(clone, before, head.Epoch);
        RefSet old = clone.Refs;
        using (CommitLog log = CommitLog.Open(paths.History))
        {
            if (before.All.FirstOrDefault(c => !log.Contains(c.Id)) is { } lost)
            {
                throw new CorruptHistoryException($"The server's history does not have the commit {lost.Id} any more, which this clone has from it.");
            }

            // Refs last: their offset is 0 until then, so that the next pull asks for all of them.
            File.Delete(paths.Shallow);
            DurableFile.SyncDirectory(paths.State);
            Clone.SaveRefs(paths, log, head, null);
        }

        clone.Refresh();
        return new PullResult(clone.History.ServerCount - before.Count, clone.Refs.MovesSince(old));
    }

    private static ShallowCommits Refresh(Clone clone)
    {
        clone.Refresh();
        return ShallowFile.Load(clone.Paths.Shallow) ?? throw new CloneException(CloneError.NotShallow, "This clone is not shallow: it has the whole history.");
    }

    /// <summary>Writes what is here and what came, less what nothing names any more.</summary>
    /// <returns>How many commits are new.</returns>
    private static int Merge(Clone clone, ShallowCommits before, ShallowAnswer answer, RefSet refs, bool dropsOlder)
    {
        CheckEpoch(clone, before, answer.Head.Epoch);
        answer.CheckComplete(id => before.TryFind(id, out _));
        Dictionary<ObjectId, ShallowCommit> all = before.All.ToDictionary(static c => c.Id);
        int fresh = 0;
        foreach (ShallowCommit commit in answer.Commits)
        {
            fresh += all.TryAdd(commit.Id, commit) ? 1 : 0;
        }

        HashSet<ObjectId> named = [.. LocalRoots.Of(clone), .. refs.List().Select(static r => r.PeeledTarget), .. answer.Commits.Select(static c => c.Id)];
        named.UnionWith(clone.Local.ReadCommits().SelectMany(static c => Commit.Parse(c.Body).Parents));
        HashSet<ObjectId> kept = dropsOlder ? named : Reachable(all, named);
        ShallowCommits merged = new(before.Epoch, all.Values.Where(c => kept.Contains(c.Id)));

        // Commits before the refs that name them.
        if (fresh > 0 || merged.Count != before.Count)
        {
            ShallowFile.Save(clone.Paths.Shallow, merged);
        }

        if (!refs.IsSameAs(clone.Refs))
        {
            refs.Save(clone.Paths.Refs);
        }

        clone.Refresh();
        return fresh;
    }

    private static HashSet<ObjectId> Reachable(Dictionary<ObjectId, ShallowCommit> all, HashSet<ObjectId> named)
    {
        HashSet<ObjectId> reached = [];
        Stack<ObjectId> open = new(named);
        while (open.TryPop(out ObjectId id))
        {
            if (all.TryGetValue(id, out ShallowCommit? commit) && reached.Add(id))
            {
                foreach (ObjectId parent in Commit.Parse(commit.Body).Parents)
                {
                    open.Push(parent);
                }
            }
        }

        return reached;
    }

    private static void CheckEpoch(Clone clone, ShallowCommits before, ulong epoch)
    {
        if (epoch != before.Epoch)
        {
            throw new CloneException(CloneError.HistoryRebuilt, $"The history of {clone.Url} was rebuilt on the server: clone it again.");
        }
    }

    // With the offset 0 no pull of a whole history takes them for all refs.
    private static RefSet FollowedRefs(RefName? defaultBranch, IEnumerable<RefEntry> refs) => RefSet.Create(0, defaultBranch, refs);

    // Where a revision's name may be looked for; see RevisionResolver.
    private static CommitsQuery Named(string? revision, int depth) =>
        revision is null ? new CommitsQuery([], [], depth, [])
        : ObjectId.TryParse(revision.AsSpan(), out ObjectId id) ? new CommitsQuery([], [id], depth, [])
        : new CommitsQuery([.. Places(revision).Distinct()], [], depth, []);

    private static IEnumerable<RefName> Places(string revision)
    {
        foreach (string place in (string[])["", "refs/", RefName.Tags, RefName.Branches])
        {
            if (RefName.TryParse(place + revision, out RefName name))
            {
                yield return name;
            }
        }
    }
}
