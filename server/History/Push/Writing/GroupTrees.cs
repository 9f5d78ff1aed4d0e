using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Intake;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>Trees as they will be once a group is written: those of its pushes, those its rebases made, and those in the store. Not thread-safe.</summary>
/// <param name="store">The repository's objects.</param>
/// <param name="cache">Trees of the store read lately; what is on top of a branch is read for every rebase.</param>
internal sealed class GroupTrees(IObjectStore store, TreeCache cache)
{
    private readonly Dictionary<ObjectId, ObjectSpool> _pushed = [];
    private readonly Dictionary<ObjectId, byte[]> _made = [];

    /// <summary>Takes in what a decision will store.</summary>
    public void Add(PushDecision decision, ObjectSpool spool)
    {
        foreach (ObjectId id in decision.Objects.Where(id => spool.KindOf(id) == ObjectKind.Tree))
        {
            _pushed.TryAdd(id, spool);
        }

        foreach ((ObjectId id, byte[] body) in decision.Trees)
        {
            _made.TryAdd(id, body);
        }
    }

    /// <param name="ids">Trees that are there.</param>
    /// <param name="spool">Of the push being decided.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async ValueTask<byte[][]> ReadAsync(IReadOnlyList<ObjectId> ids, ObjectSpool spool, CancellationToken cancellationToken)
    {
        byte[]?[] bodies = [.. ids.Select(id => Find(id, spool))];
        int[] absent = [.. Enumerable.Range(0, bodies.Length).Where(i => bodies[i] is null)];
        if (absent.Length > 0)
        {
            using ObjectBatch batch = await store.GetAsync(absent.Select(i => ids[i]).ToArray(), cancellationToken);
            for (int i = 0; i < absent.Length; i++)
            {
                ObjectId id = ids[absent[i]];
                byte[] body = batch.IsPresent(i)
                    ? Decode(id, batch[i])
                    : throw new CorruptObjectException($"Tree {id} belongs to a commit of the log and is not stored.");
                cache.Add(id, body);
                bodies[absent[i]] = body;
            }
        }

        return bodies!;
    }

    private byte[]? Find(ObjectId id, ObjectSpool spool)
    {
        if (_made.TryGetValue(id, out byte[]? body))
        {
            return body;
        }

        if (spool.KindOf(id) is not null)
        {
            return Decode(id, spool.ReadEnvelope(id).Span);
        }

        return _pushed.TryGetValue(id, out ObjectSpool? other) ? Decode(id, other.ReadEnvelope(id).Span) : cache.Find(id);
    }

    private static byte[] Decode(ObjectId id, ReadOnlySpan<byte> envelope)
    {
        byte[] body = ObjectEnvelope.Decode(envelope, out ObjectKind kind);
        return kind == ObjectKind.Tree ? body : throw new CorruptObjectException($"{id} stands where a tree belongs and is a {kind.ToName()}.");
    }
}

/// <summary>Stored trees by id, all dropped when they pass a limit. Not thread-safe.</summary>
internal sealed class TreeCache
{
    private const long BytesMax = 32 << 20;

    private readonly Dictionary<ObjectId, byte[]> _bodies = [];
    private long _bytes;

    public byte[]? Find(ObjectId id) => _bodies.GetValueOrDefault(id);

    public void Add(ObjectId id, byte[] body)
    {
        if (_bytes + body.Length > BytesMax)
        {
            _bodies.Clear();
            _bytes = 0;
        }

        if (_bodies.TryAdd(id, body))
        {
            _bytes += body.Length;
        }
    }
}
