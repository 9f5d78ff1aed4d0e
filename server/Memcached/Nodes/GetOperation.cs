using System.Buffers;
using System.Buffers.Text;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>
/// A batch of quiet gets closed by a no-op: hits come in the order asked, misses don't come at all. Each hit is matched by the key the server
/// echoes, so an answer can never be taken for another key's.
/// </summary>
internal sealed class GetOperation : NodeOperation
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _keys;
    private readonly int[] _indexes;
    private readonly CacheValue[] _results;
    private readonly NodeCounters _counters;
    private int _next;
    private int _hits;

    /// <summary>Asks for <c>keys[i]</c> and fills <c>results[i]</c> for every i in <paramref name="indexes"/>; read the results after completion only.</summary>
    public GetOperation(IReadOnlyList<ReadOnlyMemory<byte>> keys, int[] indexes, CacheValue[] results, NodeCounters counters)
        : base(MetaRequests.GetMany(keys, indexes))
    {
        _keys = keys;
        _indexes = indexes;
        _results = results;
        _counters = counters;
    }

    protected override bool AcceptOpen(in MetaResponse response)
    {
        switch (response.Status)
        {
            case MetaStatus.Value:
                AcceptHit(response);
                return false;
            case MetaStatus.NoOp:
                Interlocked.Add(ref _counters.Hits, _hits);
                Interlocked.Add(ref _counters.Misses, _indexes.Length - _hits);
                return true;
            case MetaStatus.ServerError:
                // One key could not be read; it stays a miss.
                Interlocked.Increment(ref _counters.ServerErrors);
                return false;
            default:
                throw new MetaProtocolException("A get was answered with something other than a value.");
        }
    }

    private void AcceptHit(in MetaResponse response)
    {
        Span<byte> decoded = stackalloc byte[MetaResponseReader.LineBytesMax];
        int keyBytes = response.Key.Length;
        if (!response.KeyIsBase64)
            response.Key.CopyTo(decoded);
        else if (Base64.DecodeFromUtf8(response.Key, decoded, out _, out keyBytes) != OperationStatus.Done)
            throw new MetaProtocolException("A key is not valid base64.");

        while (_next < _indexes.Length)
        {
            int index = _indexes[_next++];
            if (!decoded[..keyBytes].SequenceEqual(_keys[index].Span))
                continue;
            _results[index] = new CacheValue(response.Value!, response.ClientFlags);
            _hits++;
            Interlocked.Add(ref _counters.HitBytes, response.Value!.Length);
            return;
        }

        throw new MetaProtocolException("A value came for a key that was not asked for.");
    }
}
