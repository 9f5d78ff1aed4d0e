using System.Runtime.CompilerServices;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Services;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Pushing;

/// <summary>
/// What a push sends: the head, then what came with each local commit that the server is not known to have. The server's own commits are not
/// looked at. Memory: the ids, and one batch of objects.
/// </summary>
internal sealed class PushStream
{
    private const int ObjectsPerBatchMax = 4096;

    private readonly Clone _clone;
    private readonly PushHead _head;
    private readonly List<ObjectId> _objects;
    private readonly IProgress<PushProgress>? _progress;

    public PushStream(Clone clone, PushHead head, IReadOnlyCollection<RefPush> pushes, IProgress<PushProgress>? progress)
    {
        _clone = clone;
        _head = head;
        _progress = progress;
        _objects = FindObjects(clone, pushes);
    }

    public int ObjectCount => _objects.Count;

    public async IAsyncEnumerable<PushRequest> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Reading blocks on the disk only; the sender's own writes are what takes time.
        await Task.CompletedTask;
        yield return new PushRequest { Head = _head };
        ObjectBatch batch = new();
        long batchBytes = 0;
        long sentBytes = 0;
        for (int i = 0; i < _objects.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectId id = _objects[i];
            byte[] envelope = _clone.Local.TryReadEnvelope(id) ?? throw new CorruptHistoryException($"The local object {id} is gone.");
            batch.Objects.Add(new ObjectEntry { Id = ByteString.CopyFrom(id.AsSpan()), Envelope = UnsafeByteOperations.UnsafeWrap(envelope) });
            batchBytes += envelope.Length;
            if (batchBytes < ServiceLimits.BatchBytesTarget && batch.Objects.Count < ObjectsPerBatchMax && i < _objects.Count - 1)
            {
                continue;
            }

            yield return new PushRequest { Objects = batch };
            sentBytes += batchBytes;
            _progress?.Report(new PushProgress(i + 1, _objects.Count, sentBytes));
            batch = new ObjectBatch();
            batchBytes = 0;
        }
    }

    private static List<ObjectId> FindObjects(Clone clone, IReadOnlyCollection<RefPush> pushes)
    {
        // Pushed before and not pulled since: the server's refs name them, though its log here does not hold them yet.
        HashSet<int> known = Reach(clone, pushes.Select(p => p.Old));
        HashSet<int> wanted = Reach(clone, pushes.Select(p => p.New));
        List<ObjectId> objects = [];
        HashSet<ObjectId> seen = [];
        HashSet<ObjectId> tagged = [.. pushes.Where(p => p.Old is not null).SelectMany(p => clone.Local.TagsOn(p.Old!.Value))];
        foreach (int position in wanted.Where(p => !known.Contains(p)).Order())
        {
            objects.AddRange(clone.Local.ObjectsOf(clone.History.GetNode(position).Id).Where(seen.Add));
        }

        // The innermost tag first: what an object names is there before it.
        objects.AddRange(pushes.Where(p => p.New is not null).SelectMany(p => clone.Local.TagsOn(p.New!.Value).Reverse()).Where(t => !tagged.Contains(t) && seen.Add(t)));
        return objects;
    }

    // Local commits reachable from some.
    private static HashSet<int> Reach(Clone clone, IEnumerable<ObjectId?> tips)
    {
        HashSet<int> reached = [];
        Stack<int> waiting = new();
        foreach (ObjectId? tip in tips)
        {
            if (tip is { } id && clone.History.TryFind(clone.Local.Peel(id), out CommitNode node))
            {
                waiting.Push(node.Position);
            }
        }

        while (waiting.TryPop(out int position))
        {
            if (position >= clone.History.ServerCount && reached.Add(position))
            {
                foreach (int parent in clone.History.GetParents(position))
                {
                    waiting.Push(parent);
                }
            }
        }

        return reached;
    }
}
