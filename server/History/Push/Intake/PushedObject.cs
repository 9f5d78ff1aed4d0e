using Google.Protobuf.Collections;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Rules;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Push.Intake;

/// <summary>An object of a push, proven to be what its id says and to be well formed.</summary>
/// <param name="Id">Equals the SHA-1 of kind and body.</param>
/// <param name="Kind">As in the envelope.</param>
/// <param name="SizeBytes">Of the body.</param>
/// <param name="Envelope">As received; belongs to the request message.</param>
/// <param name="Body">Of commits and tags, which stay in memory; null for others.</param>
internal sealed record PushedObject(ObjectId Id, ObjectKind Kind, int SizeBytes, ReadOnlyMemory<byte> Envelope, byte[]? Body)
{
    /// <summary>Decodes, hashes and reads all objects of a message on all cores. No body is held longer than its check takes, but for commits and tags.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT or RESOURCE_EXHAUSTED naming the first bad object and what is wrong with it.</exception>
    public static PushedObject[] VerifyAll(RepeatedField<ObjectEntry> entries, PushLimits limits, CancellationToken cancellationToken)
    {
        if (entries.Count > ServiceLimits.IdsMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a message holds {entries.Count} objects, at most {ServiceLimits.IdsMax} are allowed.");
        }

        PushedObject[] objects = new PushedObject[entries.Count];
        RpcException?[] refusals = new RpcException?[entries.Count];
        ParallelOptions options = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, entries.Count, options, (i, loop) =>
        {
            try
            {
                objects[i] = Verify(entries[i], limits);
            }
            catch (RpcException e)
            {
                refusals[i] = e;
                loop.Break();
            }
        });

        return Array.Find(refusals, static r => r is not null) is { } refusal ? throw refusal : objects;
    }

    private static PushedObject Verify(ObjectEntry entry, PushLimits limits)
    {
        ObjectId id = RequestIds.Parse(entry.Id, "objects");
        try
        {
            // Sizes first: nothing is decoded that announces more than is allowed.
            ObjectHeader header = ObjectEnvelope.ReadHeader(entry.Envelope.Span);
            int bytesMax = header.Kind == ObjectKind.Blob ? limits.ObjectBytesMax : Math.Min(limits.ObjectBytesMax, limits.MetadataBytesMax);
            if (header.SizeBytes > bytesMax)
            {
                throw new RpcException(
                    RpcStatusCode.ResourceExhausted,
                    $"object {id} is a {header.Kind.ToName()} of {header.SizeBytes} bytes; this server takes at most {bytesMax}.");
            }

            byte[] body = ObjectEnvelope.Open(entry.Envelope.Span, id, out ObjectKind kind);
            Check(kind, body);
            return new PushedObject(id, kind, body.Length, entry.Envelope.Memory, kind is ObjectKind.Commit or ObjectKind.Tag ? body : null);
        }
        catch (Exception e) when (e is CorruptObjectException or MalformedObjectException)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"object {id} is refused: {e.Message}");
        }
    }

    private static void Check(ObjectKind kind, byte[] body)
    {
        switch (kind)
        {
            case ObjectKind.Commit:
                CommitRules.CheckCommit(body);
                break;
            case ObjectKind.Tag:
                CommitRules.CheckTag(body);
                break;
            case ObjectKind.Tree:
                TreeRules.Check(body);
                break;
            default:
                break;
        }
    }
}
