using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>Gets without values, closed by a no-op: one "done" or "miss" for each key, in the order asked.</summary>
internal sealed class ProbeOperation(IReadOnlyList<ReadOnlyMemory<byte>> keys, int[] indexes, bool[] results) : NodeOperation(MetaRequests.ProbeMany(keys, indexes))
{
    private int _next;

    protected override bool AcceptOpen(in MetaResponse response)
    {
        switch (response.Status)
        {
            case MetaStatus.Done or MetaStatus.Miss or MetaStatus.ServerError when _next < indexes.Length:
                results[indexes[_next++]] = response.Status == MetaStatus.Done;
                return false;
            case MetaStatus.NoOp when _next == indexes.Length:
                return true;
            default:
                throw new MetaProtocolException("A probe was answered with something else.");
        }
    }
}
