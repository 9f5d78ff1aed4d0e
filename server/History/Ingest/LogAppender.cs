using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Objects;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Ingest;

/// <summary>Appends stored commits to the log, after checking what the log promises its readers.</summary>
internal static class LogAppender
{
    /// <summary>Times another writer may be first before the importer is told to come again.</summary>
    private const int AttemptsMax = 16;

    /// <param name="repository">Whose log.</param>
    /// <param name="ids">Parents before children. Those in the log already are skipped.</param>
    /// <param name="received">Commits of the same message, to save reading them back.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many were appended.</returns>
    /// <exception cref="RpcException">FAILED_PRECONDITION: a commit, its tree or a parent is not here. ABORTED: too many other writers.</exception>
    public static async Task<int> AppendAsync(
        IRepository repository, ObjectId[] ids, IReadOnlyDictionary<ObjectId, ReceivedObject> received, CancellationToken cancellationToken)
    {
        List<LogEntry> commits = [];
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            // The length before the look-up: whoever appends in between makes the append below fail, not succeed wrongly.
            long length = await repository.History.GetLengthAsync(cancellationToken);
            ObjectId[] fresh = await FindFreshAsync(repository.History, ids, cancellationToken);
            if (fresh.Length == 0)
            {
                return 0;
            }

            if (commits.Count != fresh.Length)
            {
                commits = await ReadAsync(repository.Objects, fresh, received, cancellationToken);
                await CheckAsync(repository, commits, cancellationToken);
            }

            if (await repository.History.AppendAsync(length, commits, cancellationToken) == AppendResult.Appended)
            {
                return commits.Count;
            }
        }

        throw new RpcException(RpcStatusCode.Aborted, $"other writers appended to the log {AttemptsMax} times in a row; send again.");
    }

    private static async Task<ObjectId[]> FindFreshAsync(IHistoryLog log, ObjectId[] ids, CancellationToken cancellationToken)
    {
        IReadOnlyList<long?> positions = await log.FindAsync(ids, cancellationToken);
        return [.. ids.Where((_, i) => positions[i] is null).Distinct()];
    }

    private static async Task<List<LogEntry>> ReadAsync(
        IObjectStore store, ObjectId[] ids, IReadOnlyDictionary<ObjectId, ReceivedObject> received, CancellationToken cancellationToken)
    {
        ObjectId[] stored = [.. ids.Where(id => !received.ContainsKey(id))];
        Dictionary<ObjectId, byte[]> read = new(stored.Length);
        if (stored.Length > 0)
        {
            using ObjectBatch batch = await store.GetAsync(stored, cancellationToken);
            for (int i = 0; i < stored.Length; i++)
            {
                if (!batch.IsPresent(i))
                {
                    throw new RpcException(RpcStatusCode.FailedPrecondition, $"commit {stored[i]} is not stored; send its object before its id.");
                }

                read.Add(stored[i], CommitBody(stored[i], ObjectEnvelope.Decode(batch[i], out ObjectKind kind), kind));
            }
        }

        return [.. ids.Select(id => new LogEntry(
            id, read.TryGetValue(id, out byte[]? body) ? body : CommitBody(id, received[id].Body, received[id].Kind)))];
    }

    private static byte[] CommitBody(ObjectId id, byte[]? body, ObjectKind kind) => kind == ObjectKind.Commit
        ? body!
        : throw new RpcException(RpcStatusCode.InvalidArgument, $"{id} is a {kind.ToName()}; only commits go in the log.");

    private static async Task CheckAsync(IRepository repository, List<LogEntry> commits, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> earlier = [];
        Dictionary<ObjectId, ObjectId> parents = [];
        Dictionary<ObjectId, ObjectId> trees = [];
        foreach (LogEntry entry in commits)
        {
            if (entry.Body.Length > SegmentFormat.BodyBytesMax)
            {
                throw new RpcException(
                    RpcStatusCode.InvalidArgument, $"commit {entry.Id} has {entry.Body.Length} bytes; the log takes commits of at most {SegmentFormat.BodyBytesMax}.");
            }

            Commit commit = Commit.Parse(entry.Body);
            trees.TryAdd(commit.Tree, entry.Id);
            foreach (ObjectId parent in commit.Parents)
            {
                if (!earlier.Contains(parent))
                {
                    parents.TryAdd(parent, entry.Id);
                }
            }

            earlier.Add(entry.Id);
        }

        foreach (ObjectId[] slice in parents.Keys.Chunk(IObjectStore.IdsMax))
        {
            IReadOnlyList<long?> positions = await repository.History.FindAsync(slice, cancellationToken);
            RequireAll(slice, i => positions[i] is not null, id => $"commit {parents[id]} has the parent {id}, which is neither in the log nor earlier in this message; send parents first.");
        }

        foreach (ObjectId[] slice in trees.Keys.Chunk(IObjectStore.IdsMax))
        {
            IReadOnlyList<bool> found = await repository.Objects.ContainsAsync(slice, cancellationToken);
            RequireAll(slice, i => found[i], id => $"commit {trees[id]} has the tree {id}, which is not stored; send objects before the commits that need them.");
        }
    }

    private static void RequireAll(ObjectId[] ids, Func<int, bool> isHere, Func<ObjectId, string> detail)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (!isHere(i))
            {
                throw new RpcException(RpcStatusCode.FailedPrecondition, detail(ids[i]));
            }
        }
    }
}
