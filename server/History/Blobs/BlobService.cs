using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Objects;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Blobs;

/// <summary><c>monorepo.v1.BlobService</c>: any <see cref="IBlobSource"/> over gRPC, with the blob plane's semantics. Thread-safe.</summary>
/// <param name="repositories">Those that are here; null: only the source knows.</param>
/// <param name="source">Stays the caller's.</param>
/// <param name="offers">The faster ways to the same source.</param>
/// <param name="logger">Told of failures.</param>
public sealed class BlobService(RepositoryDirectory? repositories, IBlobSource source, IBlobOffers offers, ILogger<BlobService> logger) : IRpcService
{
    /// <summary>Ids one read of the source names: many enough for its batching, few enough that the first bytes leave early.</summary>
    private const int SliceIdsMax = 2_048;

    private readonly ServiceErrors _errors = new(logger);

    public string ServiceName => BlobMethods.ServiceName;

    public void Bind(RpcServiceBuilder builder) => builder
        .ServerStreaming(BlobMethods.GetBlobs, (request, output, call) =>
            _errors.GuardAsync(call.Method, () => GetBlobsAsync(request, output, call.CancellationToken)))
        .Unary(BlobMethods.GetOffer, (request, call) => _errors.GuardAsync(call.Method, async () =>
        {
            await RequireAsync(request.Repository, call.CancellationToken);
            return offers.For(call.Host, request.ForEdge);
        }));

    private async Task GetBlobsAsync(GetBlobsRequest request, IRpcStreamWriter<ObjectBatch> output, CancellationToken cancellationToken)
    {
        RepositoryName repository = RepositoryDirectory.ParseName(request.Repository);

        // An empty request still learns whether its repository is here; the source checks all others.
        if (request.Ids.Count == 0)
        {
            await RequireAsync(request.Repository, cancellationToken);
        }

        ObjectId[] ids = [.. RequestIds.Parse(request.Ids, "ids").Distinct()];
        BlobReadOptions options = request.Verify ? BlobReadOptions.Verify : BlobReadOptions.None;
        ObjectBatchWriter writer = new(output);
        for (int start = 0; start < ids.Length; start += SliceIdsMax)
        {
            ReadOnlyMemory<ObjectId> slice = ids.AsMemory(start, Math.Min(SliceIdsMax, ids.Length - start));
            while (!slice.IsEmpty)
            {
                slice = await SendAsync(repository, slice, options, writer, cancellationToken);
            }
        }
    }

    private async ValueTask RequireAsync(string repository, CancellationToken cancellationToken)
    {
        if (repositories is not null)
        {
            await repositories.OpenAsync(repository, cancellationToken);
        }
    }

    /// <returns>What the source put off.</returns>
    private async Task<ReadOnlyMemory<ObjectId>> SendAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, ObjectBatchWriter writer, CancellationToken cancellationToken)
    {
        using BlobBatch batch = await source.GetAsync(repository, ids, options, cancellationToken);
        if (batch.Entries.Length != ids.Length)
        {
            throw new InvalidOperationException($"The source answered {batch.Entries.Length} of {ids.Length} ids.");
        }

        List<ObjectId> deferred = [];
        for (int i = 0; i < ids.Length; i++)
        {
            BlobEntry entry = batch.Entries.Span[i];
            if (entry.Outcome == BlobOutcome.Deferred)
            {
                deferred.Add(ids.Span[i]);
            }
            else
            {
                // Not copied: the batch outlives the flush below.
                await writer.AddAsync(ids.Span[i], UnsafeByteOperations.UnsafeWrap(entry.Envelope), cancellationToken);
            }
        }

        await writer.FlushAsync(cancellationToken);
        return deferred.Count < ids.Length
            ? deferred.ToArray()
            : throw new InvalidOperationException("The source deferred every id asked.");
    }
}
