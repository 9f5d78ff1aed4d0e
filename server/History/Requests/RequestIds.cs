using Google.Protobuf;
using Google.Protobuf.Collections;
using Monorepo.Core;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Requests;

/// <summary>Turns the raw ids of request messages into typed ones, or ends the call with INVALID_ARGUMENT.</summary>
public static class RequestIds
{
    /// <param name="ids">The field.</param>
    /// <param name="field">Its name, for the message.</param>
    /// <param name="countMax">How many the method takes.</param>
    public static ObjectId[] Parse(RepeatedField<ByteString> ids, string field, int countMax = ServiceLimits.IdsMax)
    {
        if (ids.Count > countMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'{field}' holds {ids.Count} entries, at most {countMax} are allowed; ask in several requests.");
        }

        ObjectId[] parsed = new ObjectId[ids.Count];
        for (int i = 0; i < parsed.Length; i++)
        {
            parsed[i] = Parse(ids[i], field);
        }

        return parsed;
    }

    public static ObjectId Parse(ByteString id, string field) => id.Length == ObjectId.Size
        ? new ObjectId(id.Span)
        : throw new RpcException(RpcStatusCode.InvalidArgument, $"'{field}' holds an id of {id.Length} bytes; an object id is {ObjectId.Size} raw bytes.");

    /// <summary>As in ref changes: 20 zero bytes stand for "none".</summary>
    public static ObjectId? ParseOrNone(ByteString id, string field)
    {
        ObjectId parsed = Parse(id, field);
        return parsed.IsNull ? null : parsed;
    }

    public static ByteString ToMessage(ObjectId id) => ByteString.CopyFrom(id.AsSpan());
}
