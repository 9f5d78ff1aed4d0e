using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Closure;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>
/// The log as it is, behind it the commits about to be appended, and behind those the candidates of the push being decided, whose positions
/// only tell their order. Not thread-safe.
/// </summary>
internal sealed class CommitGraph(IRepository repository, long length)
{
    /// <summary>Log entries read together: a walk along a branch finds most parents in the same block.</summary>
    private const int BlockEntries = 128;

    private const int BlockBytesMax = 1 << 20;

    private const long FirstCandidate = long.MaxValue / 2;

    private readonly Dictionary<ObjectId, (NewCommit Commit, long Position)> _appended = [];
    private readonly Dictionary<ObjectId, (NewCommit Commit, long Position)> _candidates = [];
    private readonly Dictionary<ObjectId, (Commit Commit, long Position)> _block = [];

    /// <summary>Of the log, when the graph was made.</summary>
    public long Length { get; } = length;

    /// <summary>Adds a commit behind the log; its position comes true when all added so far are appended in this order.</summary>
    public void Append(NewCommit commit) => _appended.TryAdd(commit.Id, (commit, Length + _appended.Count));

    /// <summary>Replaces the candidates.</summary>
    /// <param name="commits">Parents before children; those in the log or appended may be among them.</param>
    public void Consider(IEnumerable<NewCommit> commits)
    {
        _candidates.Clear();
        foreach (NewCommit commit in commits)
        {
            _candidates.TryAdd(commit.Id, (commit, FirstCandidate + _candidates.Count));
        }
    }

    /// <summary>Null where the commit is neither in the log nor added.</summary>
    public async ValueTask<long?> FindAsync(ObjectId id, CancellationToken cancellationToken)
    {
        if (_appended.TryGetValue(id, out (NewCommit Commit, long Position) fresh) || _candidates.TryGetValue(id, out fresh))
        {
            return fresh.Position;
        }

        return _block.TryGetValue(id, out (Commit Commit, long Position) read)
            ? read.Position
            : (await repository.History.FindAsync(new[] { id }, cancellationToken))[0];
    }

    /// <summary>A commit of the graph.</summary>
    public async ValueTask<Commit> ReadAsync(ObjectId id, CancellationToken cancellationToken)
    {
        if (TryRead(id) is { } commit)
        {
            return commit;
        }

        using ObjectBatch batch = await repository.Objects.GetAsync(new[] { id }, cancellationToken);
        return batch.IsPresent(0)
            ? Commit.Parse(ObjectEnvelope.Decode(batch[0], out _))
            : throw new CorruptObjectException($"Commit {id} of the log is not stored.");
    }

    /// <summary>A commit on a walk down the log: its neighbours are read with it.</summary>
    public async ValueTask<Commit> ReadAsync(ObjectId id, long position, CancellationToken cancellationToken)
    {
        if (TryRead(id) is null && position < Length)
        {
            await ReadBlockAsync(position, cancellationToken);
        }

        return await ReadAsync(id, cancellationToken);
    }

    private Commit? TryRead(ObjectId id)
    {
        if (_appended.TryGetValue(id, out (NewCommit Commit, long Position) fresh) || _candidates.TryGetValue(id, out fresh))
        {
            return fresh.Commit.Commit;
        }

        return _block.TryGetValue(id, out (Commit Commit, long Position) read) ? read.Commit : null;
    }

    private async ValueTask ReadBlockAsync(long position, CancellationToken cancellationToken)
    {
        _block.Clear();
        long first = Math.Max(0, position - BlockEntries + 1);
        while (first <= position)
        {
            IReadOnlyList<LogEntry> entries = await repository.History.ReadAsync(
                first, (int)(position - first + 1), BlockBytesMax, cancellationToken);
            for (int i = 0; i < entries.Count; i++)
            {
                _block[entries[i].Id] = (Commit.Parse(entries[i].Body), first + i);
            }

            first += entries.Count;
        }
    }
}
