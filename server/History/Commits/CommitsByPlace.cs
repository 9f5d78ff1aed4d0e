using System.Runtime.CompilerServices;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Commits;

/// <summary>Commits of a repository's log, chosen by where they stand to others. One walk at a time.</summary>
internal sealed class CommitsByPlace(IRepository repository)
{
    // Bodies that one read of the store brings.
    private const int ReadCommits = 1_024;

    // A walk reads its neighbours with a commit: new commits stand side by side.
    private const int NeighbourCommits = 64;
    private const int NeighbourBytes = 1 << 20;

    private IReadOnlyList<LogEntry> _run = [];
    private long _runStart;

    /// <summary>Commits at most so many steps from those wanted, nearest first; what is not in the log is left out.</summary>
    public async IAsyncEnumerable<PlacedCommit> ToDepthAsync(ObjectId[] wanted, uint depth, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<long> seen = [];
        List<Placed> level = [];
        Take(wanted, await FindAsync(wanted, cancellationToken), level);
        for (uint step = 0; step < depth && level.Count > 0; step++)
        {
            List<Placed> next = [];
            foreach (Placed[] slice in level.Chunk(ReadCommits))
            {
                (byte[] Body, IReadOnlyList<ObjectId> Parents)[] read = await ReadAsync(slice, cancellationToken);
                ObjectId[] parents = [.. read.SelectMany(static r => r.Parents)];
                IReadOnlyList<long?> positions = await FindAsync(parents, cancellationToken);
                int at = 0;
                for (int i = 0; i < slice.Length; i++)
                {
                    IEnumerable<long?> own = positions.Skip(at).Take(read[i].Parents.Count);
                    at += read[i].Parents.Count;
                    yield return Message(slice[i], read[i].Body, own);
                }

                Take(parents, positions, next);
            }

            level = next;
        }

        void Take(ObjectId[] ids, IReadOnlyList<long?> positions, List<Placed> into)
        {
            for (int i = 0; i < ids.Length; i++)
            {
                if (positions[i] is { } position && seen.Add(position))
                {
                    into.Add(new Placed(ids[i], position));
                }
            }
        }
    }

    /// <summary>Commits that some wanted one leads to and no have does, children before parents.</summary>
    /// <exception cref="RpcException">OUT_OF_RANGE: too many lie between them.</exception>
    public async IAsyncEnumerable<PlacedCommit> NotInAsync(ObjectId[] wanted, ObjectId[] haves, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What a position is reached from; parents stand below, so a mark is final when its commit is taken.
        Dictionary<long, bool> isHad = [];
        PriorityQueue<long, long> queue = new();
        int open = 0;
        MarkAll(await FindAsync(wanted, cancellationToken), had: false);
        MarkAll(await FindAsync(haves, cancellationToken), had: true);
        for (int walked = 0; open > 0; walked++)
        {
            if (walked == 4 * ServiceLimits.PlacedCommitsMax)
            {
                throw CommitStream.TooMany();
            }

            long position = queue.Dequeue();
            isHad.Remove(position, out bool had);
            open -= had ? 0 : 1;
            LogEntry entry = await ReadAtAsync(position, cancellationToken);
            ObjectId[] parents = [.. Commit.Parse(entry.Body).Parents];
            IReadOnlyList<long?> positions = await FindAsync(parents, cancellationToken);
            if (!had)
            {
                yield return Message(new Placed(entry.Id, position), entry.Body, positions);
            }

            MarkAll(positions, had);
        }

        void MarkAll(IEnumerable<long?> positions, bool had)
        {
            foreach (long position in positions.OfType<long>())
            {
                if (!isHad.TryGetValue(position, out bool before))
                {
                    queue.Enqueue(position, -position);
                    isHad.Add(position, had);
                    open += had ? 0 : 1;
                }
                else if (had && !before)
                {
                    isHad[position] = true;
                    open--;
                }
            }
        }
    }

    private ValueTask<IReadOnlyList<long?>> FindAsync(ObjectId[] ids, CancellationToken cancellationToken) =>
        ids.Length == 0 ? new([]) : repository.History.FindAsync(ids, cancellationToken);

    private async Task<LogEntry> ReadAtAsync(long position, CancellationToken cancellationToken)
    {
        if (position < _runStart || position >= _runStart + _run.Count)
        {
            // A walk goes down; a run that large commits cut short does not reach up to the position.
            _runStart = Math.Max(0, position - NeighbourCommits + 1);
            _run = await repository.History.ReadAsync(_runStart, (int)(position - _runStart) + 1, NeighbourBytes, cancellationToken);
            if (position >= _runStart + _run.Count)
            {
                _runStart = position;
                _run = await repository.History.ReadAsync(position, 1, NeighbourBytes, cancellationToken);
            }
        }

        return _run[(int)(position - _runStart)];
    }

    private async Task<(byte[] Body, IReadOnlyList<ObjectId> Parents)[]> ReadAsync(Placed[] commits, CancellationToken cancellationToken)
    {
        ObjectId[] ids = [.. commits.Select(static c => c.Id)];
        using Storage.ObjectBatch batch = await repository.Objects.GetAsync(ids, cancellationToken);
        (byte[] Body, IReadOnlyList<ObjectId> Parents)[] read = new (byte[], IReadOnlyList<ObjectId>)[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            byte[] body = batch.IsPresent(i)
                ? ObjectEnvelope.Decode(batch[i], out _)
                : throw new RpcException(RpcStatusCode.DataLoss, $"the server's store has the commit {ids[i]} in its log and not among its objects.");
            read[i] = (body, Commit.Parse(body).Parents);
        }

        return read;
    }

    private static PlacedCommit Message(Placed commit, ReadOnlyMemory<byte> body, IEnumerable<long?> parents)
    {
        // Nobody writes to a body's bytes, so the message may share them.
        PlacedCommit message = new() { Body = UnsafeByteOperations.UnsafeWrap(body), Position = (ulong)commit.Position };
        message.Parents.AddRange(parents.Select(p => p is { } position
            ? (ulong)position
            : throw new RpcException(RpcStatusCode.DataLoss, $"the server's log has the commit {commit.Id} without its parents.")));
        return message;
    }

    private readonly record struct Placed(ObjectId Id, long Position);
}
