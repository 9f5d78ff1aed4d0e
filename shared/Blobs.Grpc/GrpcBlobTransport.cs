using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Blobs.Grpc;

/// <summary>Objects by id over gRPC: always there, the semantics of the blob plane. Does not own the channel. Thread-safe.</summary>
public sealed class GrpcBlobTransport(RpcChannel channel, RpcCallOptions? options = null) : IBlobTransport
{
    public string Name => "grpc";

    public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        BlobRequestRules.ThrowIfTooMany(ids.Length);
        Dictionary<ObjectId, BlobEntry> answers = new(ids.Length);
        GetBlobsRequest request = new() { Repository = repository.Value, Verify = options.HasFlag(BlobReadOptions.Verify) };
        foreach (ObjectId id in ids.Span)
        {
            if (answers.TryAdd(id, BlobEntry.Deferred))
            {
                request.Ids.Add(ByteString.CopyFrom(id.AsSpan()));
            }
        }

        if (ids.Length > 0)
        {
            try
            {
                await ReadAsync(request, answers, cancellationToken);
            }
            catch (RpcException e)
            {
                throw new BlobTransportException(ErrorOf(e.StatusCode), $"gRPC: {e.Message}", e);
            }
        }

        BlobEntry[] entries = new BlobEntry[ids.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = answers[ids.Span[i]];
        }

        return new BlobReply(entries, null);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task ReadAsync(GetBlobsRequest request, Dictionary<ObjectId, BlobEntry> answers, CancellationToken cancellationToken)
    {
        using RpcServerStreamingCall<ObjectBatch> call = channel.ServerStreaming(BlobMethods.GetBlobs, request, options, cancellationToken);
        int answered = 0;
        long bytes = 0;
        while (await call.ResponseStream.MoveNextAsync(cancellationToken))
        {
            foreach (ObjectEntry entry in call.ResponseStream.Current.Objects)
            {
                if (entry.Id.Length != ObjectId.Size || !answers.TryGetValue(new ObjectId(entry.Id.Span), out BlobEntry old) || old.Outcome != BlobOutcome.Deferred)
                {
                    throw new BlobTransportException(BlobTransportError.Protocol, "The server sent an object that was not asked for, or twice.");
                }

                answers[new ObjectId(entry.Id.Span)] = entry.Envelope.IsEmpty ? BlobEntry.Missing : BlobEntry.Found(entry.Envelope.Memory);
                answered++;
                bytes += entry.Envelope.Length;
            }

            // The reply is full: leaving ends the call, and the caller asks again for the rest.
            if (bytes >= BlobLimits.ReplyBytesTarget && answered < answers.Count)
            {
                return;
            }
        }

        if (answered < answers.Count)
        {
            throw new BlobTransportException(BlobTransportError.Protocol, $"The server answered {answered} of {answers.Count} ids.");
        }
    }

    private static BlobTransportError ErrorOf(RpcStatusCode status) => status switch
    {
        RpcStatusCode.Unavailable => BlobTransportError.Unreachable,
        RpcStatusCode.DeadlineExceeded => BlobTransportError.DeadlineExceeded,
        RpcStatusCode.Unauthenticated or RpcStatusCode.PermissionDenied => BlobTransportError.Unauthorized,
        RpcStatusCode.ResourceExhausted => BlobTransportError.Overloaded,
        RpcStatusCode.NotFound => BlobTransportError.UnknownRepository,
        RpcStatusCode.Unimplemented or RpcStatusCode.Internal => BlobTransportError.Protocol,
        _ => BlobTransportError.SourceFailed,
    };
}
