using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Closure;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>
/// The log as it is, and behind it the commits about to be appended. Positions behind the log's length are provisional: they tell the order, and
/// come true when the append does. Not thread-safe.
/// </summary>
internal sealed class CommitGraph(IRepository repository, long length)
{
    /// <summary>Log entries read together: a walk along a branch finds most parents in the same block.</summary>
    private const int BlockEntries = 128;

    private const int BlockBytesMax = 1 << 20;

    private readonly Dictionary<ObjectId, (NewCommit Commit, long Position)> _fresh = [];
    private readonly Dictionary<ObjectId, long> _block = [];
    private readonly Dictionary<ObjectId, Commit> _blockCommits = [];

    /// <summary>Of the log, when the graph was made.</summary>
    public long Length { get; } = length;

    /// <summary>Adds a commit behind all others. Its parents are in the log or were added before.</summary>
    public void Add(NewCommit commit) => _fresh.TryAdd(commit.Id, (commit, Length + _fresh.Count));

    /// <summary>Null where the commit is neither in the log nor added.</summary>
    public async ValueTask<long?> FindAsync(ObjectId id, CancellationToken cancellationToken)
    {
        if (_fresh.TryGetValue(id, out (NewCommit Commit, long Position) fresh))
        {
            return fresh.Position;
        }

        return _block.TryGetValue(id, out long position)
            ? position
            : (await repository.History.FindAsync(new[] { id }, cancellationToken))[0];
    }

    /// <summary>A commit of the graph.</summary>
    public async ValueTask<Commit> ReadAsync(ObjectId id, CancellationToken cancellationToken)
    {
        if (_fresh.TryGetValue(id, out (NewCommit Commit, long Position) fresh))
        {
            return fresh.Commit.Commit;
        }

        if (_blockCommits.TryGetValue(id, out Commit? commit))
        {
            return commit;
        }

        using ObjectBatch batch = await repository.Objects.GetAsync(new[] { id }, cancellationToken);
        return batch.IsPresent(0)
            ? Commit.Parse(ObjectEnvelope.Decode(batch[0], out _))
            : throw new CorruptObjectException($"Commit {id} of the log is not stored.");
    }

    public async ValueTask<IReadOnlyList<(ObjectId Id, long Position)>> ParentsAsync(ObjectId id, long position, CancellationToken cancellationToken)
    {
        if (position < Length && !_blockCommits.ContainsKey(id))
        {
            await ReadBlockAsync(position, cancellationToken);
        }

        Commit commit = await ReadAsync(id, cancellationToken);
        List<(ObjectId, long)> parents = new(commit.Parents.Count);
        foreach (ObjectId parent in commit.Parents)
        {
            long at = await FindAsync(parent, cancellationToken)
                ?? throw new CorruptObjectException($"Commit {id} is in the log and its parent {parent} is not.");
            parents.Add((parent, at));
        }

        return parents;
    }

    private async ValueTask ReadBlockAsync(long position, CancellationToken cancellationToken)
    {
        _block.Clear();
        _blockCommits.Clear();
        long first = Math.Max(0, position - BlockEntries + 1);
        while (first <= position)
        {
            IReadOnlyList<LogEntry> entries = await repository.History.ReadAsync(
                first, (int)(position - first + 1), BlockBytesMax, cancellationToken);
            for (int i = 0; i < entries.Count; i++)
            {
                _block[entries[i].Id] = first + i;
                _blockCommits[entries[i].Id] = Commit.Parse(entries[i].Body);
            }

            first += entries.Count;
        }
    }
}
