using Google.Protobuf.Collections;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Ingest;

/// <summary>An object of an importer, proven to be what its id says.</summary>
/// <param name="Id">Equals the SHA-1 of kind and body.</param>
/// <param name="Kind">As in the envelope.</param>
/// <param name="Envelope">As received; belongs to the request message.</param>
/// <param name="Locality">As the importer told it, unchecked: a wrong one costs space and nothing else.</param>
/// <param name="Body">Kept for commits and tags only, which the rest of the message may name; null for others.</param>
internal sealed record ReceivedObject(ObjectId Id, ObjectKind Kind, ReadOnlyMemory<byte> Envelope, ObjectLocality Locality, byte[]? Body)
{
    /// <summary>Decodes, hashes and reads all objects of a message on all cores.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT naming the first bad object and what is wrong with it.</exception>
    public static ReceivedObject[] VerifyAll(RepeatedField<ObjectEntry> entries, CancellationToken cancellationToken)
    {
        if (entries.Count > ServiceLimits.IdsMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a message holds {entries.Count} objects, at most {ServiceLimits.IdsMax} are allowed.");
        }

        ReceivedObject[] objects = new ReceivedObject[entries.Count];
        RpcException?[] refusals = new RpcException?[entries.Count];
        ParallelOptions options = new() { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, entries.Count, options, (i, loop) =>
        {
            try
            {
                objects[i] = Verify(entries[i]);
            }
            catch (RpcException e)
            {
                refusals[i] = e;
                loop.Break();
            }
        });

        return Array.Find(refusals, static r => r is not null) is { } refusal ? throw refusal : objects;
    }

    private static ReceivedObject Verify(ObjectEntry entry)
    {
        ObjectId id = RequestIds.Parse(entry.Id, "objects");
        try
        {
            byte[] body = ObjectEnvelope.Open(entry.Envelope.Span, id, out ObjectKind kind);
            return new ReceivedObject(id, kind, entry.Envelope.Memory, new ObjectLocality(entry.Locality), CheckStructure(kind, body) ? body : null);
        }
        catch (Exception e) when (e is CorruptObjectException or MalformedObjectException)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"object {id} is refused: {e.Message}");
        }
    }

    /// <summary>What git's own object reader asks; histories hold trees and commits that a stricter check would refuse.</summary>
    /// <returns>Whether the rest of the message may need the body.</returns>
    private static bool CheckStructure(ObjectKind kind, byte[] body)
    {
        switch (kind)
        {
            case ObjectKind.Commit:
                _ = Commit.Parse(body);
                return true;
            case ObjectKind.Tag:
                _ = Tag.Parse(body);
                return true;
            case ObjectKind.Tree:
                TreeReader reader = new(body);
                while (reader.MoveNext())
                {
                }

                return false;
            default:
                return false;
        }
    }
}
