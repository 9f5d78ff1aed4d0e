using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Objects;

/// <summary>Collects objects and sends them in messages of about <see cref="ServiceLimits.BatchBytesTarget"/>. Not thread-safe.</summary>
internal sealed class ObjectBatchWriter(IRpcStreamWriter<ObjectBatch> output)
{
    // What an id and the framing of an entry take beside the envelope.
    private const int EntryOverheadBytes = 30;

    private ObjectBatch _batch = new();
    private long _bytes;

    /// <param name="id">The object's id.</param>
    /// <param name="envelope">Empty says that the server does not have it. Memory it wraps must live until the next flush.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask AddAsync(ObjectId id, ByteString envelope, CancellationToken cancellationToken)
    {
        int bytes = envelope.Length + EntryOverheadBytes;
        if (_bytes > 0 && _bytes + bytes > ServiceLimits.BatchBytesTarget)
        {
            await FlushAsync(cancellationToken);
        }

        _batch.Objects.Add(new ObjectEntry { Id = RequestIds.ToMessage(id), Envelope = envelope });
        _bytes += bytes;
    }

    /// <summary>Sends what is collected. Wrapped memory may be freed afterwards.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_bytes == 0)
        {
            return;
        }

        await output.WriteAsync(_batch, cancellationToken);
        _batch = new ObjectBatch();
        _bytes = 0;
    }
}
