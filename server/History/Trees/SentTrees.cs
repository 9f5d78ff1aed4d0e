using System.Buffers.Binary;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Trees;

/// <summary>How many trees a call has sent, and a digest of their ids in order. Not thread-safe.</summary>
internal sealed class SentTrees
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    public long Count { get; private set; }

    public ulong Digest { get; private set; }

    public void Add(ObjectBatch batch)
    {
        foreach (ObjectEntry entry in batch.Objects)
        {
            Add(entry);
        }
    }

    public void Add(ObjectEntry entry)
    {
        Count++;
        Digest = (Digest + BinaryPrimitives.ReadUInt64LittleEndian(entry.Id.Span)) * Multiplier;
    }
}

/// <summary>Passes on what comes after the trees already sent: the second half of an answer that was begun by another walk. Not thread-safe.</summary>
internal sealed class ResumingWriter(IRpcStreamWriter<ObjectBatch> output, SentTrees sent) : IRpcStreamWriter<ObjectBatch>
{
    private readonly SentTrees _skipped = new();

    public async ValueTask WriteAsync(ObjectBatch message, CancellationToken cancellationToken = default)
    {
        ObjectBatch rest = new();
        foreach (ObjectEntry entry in message.Objects)
        {
            if (_skipped.Count == sent.Count)
            {
                rest.Objects.Add(entry);
                continue;
            }

            _skipped.Add(entry);
            if (_skipped.Count == sent.Count && _skipped.Digest != sent.Digest)
            {
                // A tree that was missing has come since, and what follows it moved.
                throw new RpcException(RpcStatusCode.Unavailable, "the trees changed while they were sent; ask again.");
            }
        }

        if (rest.Objects.Count > 0)
        {
            await output.WriteAsync(rest, cancellationToken);
        }
    }
}
