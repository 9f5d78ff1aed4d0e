using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Import.Targets;
using Monorepo.Native.Zstd;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;
using RefChange = Monorepo.Storage.RefChange;
using RefChangeMessage = Monorepo.Formats.Protos.RefChange;

namespace Monorepo.Admin.Targets;

/// <summary>
/// Writes to a running server. Every write is a stream of one message, so it is durable when it returns, and writes that overlap share
/// the connection. The server checks every object and commit again.
/// </summary>
internal sealed class ServerImportTarget(RpcChannel channel, RepositoryName name) : IImportTarget
{
    public async ValueTask<RefSnapshot> OpenAsync(CancellationToken cancellationToken)
    {
        OpenRepositoryResponse response = await channel.UnaryAsync(
            AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = name.Value, Create = true }, cancellationToken: cancellationToken);
        return Read(response.Refs);
    }

    public async ValueTask<IReadOnlyList<bool>> ContainsCommitsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        var request = new FindCommitsRequest { Repository = name.Value };
        foreach (ObjectId id in ids.Span)
            request.Ids.Add(ToBytes(id));
        FindCommitsResponse response = await channel.UnaryAsync(AdminMethods.FindCommits, request, cancellationToken: cancellationToken);
        return response.Positions.Count == ids.Length
            ? [.. response.Positions.Select(static position => position >= 0)]
            : throw new RpcException(RpcStatusCode.Internal, $"the server answered for {response.Positions.Count} of {ids.Length} commits.");
    }

    public async ValueTask PutObjectsAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken)
    {
        var request = new IngestRequest { Repository = name.Value };

        // Compressed on all cores, as fast as may be: the server keeps them in another form anyway. Wrapped, not copied.
        request.Objects.AddRange(objects.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(static item =>
        {
            ObjectKind kind = ObjectEnvelope.ReadHeader(item.Envelope.Span).Kind;
            byte[] envelope = ObjectEnvelope.Seal(kind, item.Envelope.Span[ObjectEnvelope.HeaderBytes..], ZstdCodec.FastLevel);
            return new ObjectEntry { Id = ToBytes(item.Id), Envelope = UnsafeByteOperations.UnsafeWrap(envelope), Locality = item.Locality.Value };
        }));
        await IngestAsync(request, cancellationToken);
    }

    public async ValueTask AppendCommitsAsync(IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        var request = new IngestRequest { Repository = name.Value };
        request.Commits.AddRange(entries.Select(static entry => ToBytes(entry.Id)));
        await IngestAsync(request, cancellationToken);
    }

    public async ValueTask<bool> UpdateRefsAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken)
    {
        var request = new IngestRequest { Repository = name.Value, DefaultBranch = defaultBranch?.Value ?? "" };
        request.RefChanges.AddRange(changes.Select(static change => new RefChangeMessage
        {
            Name = change.Name.Value,
            OldTarget = ToBytes(change.Expected ?? ObjectId.Null),
            NewTarget = ToBytes(change.Target ?? ObjectId.Null),
        }));
        try
        {
            await IngestAsync(request, cancellationToken);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == RpcStatusCode.Aborted)
        {
            return false;
        }
    }

    public ValueTask IndexPathsAsync(IProgress<long> indexed, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public async ValueTask<RefSnapshot> ReadRefsAsync(CancellationToken cancellationToken) =>
        Read(await channel.UnaryAsync(HistoryMethods.ListRefs, new ListRefsRequest { Repository = name.Value }, cancellationToken: cancellationToken));

    private async Task IngestAsync(IngestRequest request, CancellationToken cancellationToken)
    {
        using RpcClientStreamingCall<IngestRequest, IngestResponse> call = channel.ClientStreaming(AdminMethods.Ingest, cancellationToken: cancellationToken);
        await call.SendAsync([request], cancellationToken);
    }

    private static RefSnapshot Read(ListRefsResponse response)
    {
        RefName? branch = response.DefaultBranch.Length == 0 ? null : RefName.Parse(response.DefaultBranch);
        return new RefSnapshot((long)response.Offset, branch, [.. response.Refs.Select(static found => new StoredRef(
            RefName.Parse(found.Name), new ObjectId(found.Target.Span), found.Peeled.IsEmpty ? null : new ObjectId(found.Peeled.Span)))]);
    }

    private static ByteString ToBytes(ObjectId id) => ByteString.CopyFrom(id.AsSpan());
}
