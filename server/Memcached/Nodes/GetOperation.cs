using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>
/// A batch of quiet gets closed by a no-op: hits come in the order asked, misses don't come at all, except that with a lease each comes as an
/// empty value with a mark. Each answer is matched by the number the request gave its key. Numbers are not used again before four billion
/// others, so an answer can never be taken for another key's.
/// </summary>
internal sealed class GetOperation : NodeOperation
{
    private readonly int[] _indexes;
    private readonly CacheValue[] _results;
    private readonly NodeCounters _counters;
    private readonly uint _firstNumber;
    private int _next;
    private int _hits;

    /// <summary>Asks for <c>keys[i]</c> and fills <c>results[i]</c> for every i in <paramref name="indexes"/>; read the results after completion only.</summary>
    /// <param name="keys">All keys of the call.</param>
    /// <param name="indexes">Those of this batch.</param>
    /// <param name="results">Beside <paramref name="keys"/>.</param>
    /// <param name="firstNumber">As many numbers from here on are this request's own on its node.</param>
    /// <param name="leaseSeconds">How long a miss is this asker's to fill; 0: no leases.</param>
    /// <param name="counters">The node's.</param>
    public GetOperation(
        IReadOnlyList<ReadOnlyMemory<byte>> keys, int[] indexes, CacheValue[] results, uint firstNumber, uint leaseSeconds, NodeCounters counters)
        : base(MetaRequests.GetMany(keys, indexes, firstNumber, leaseSeconds))
    {
        _indexes = indexes;
        _results = results;
        _firstNumber = firstNumber;
        _counters = counters;
    }

    protected override bool AcceptOpen(in MetaResponse response)
    {
        switch (response.Status)
        {
            case MetaStatus.Value:
                AcceptValue(response);
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

    private void AcceptValue(in MetaResponse response)
    {
        uint place = response.Number - _firstNumber;
        if (place < (uint)_next || place >= (uint)_indexes.Length)
            throw new MetaProtocolException("A value came that was not asked for, or not in this order.");
        _next = (int)place + 1;
        byte[] value = response.Value!;
        ref CacheValue result = ref _results[_indexes[place]];

        // A stub that stands for a value being read carries a mark and no bytes. What someone declared outdated is not served either.
        if ((response.Lease != LeaseMark.None && value.Length == 0) || response.IsStale)
        {
            result = new CacheValue(response.Lease, response.Version);
            Interlocked.Increment(ref response.Lease == LeaseMark.Won ? ref _counters.LeasesWon : ref _counters.LeasesLost);
            return;
        }

        result = new CacheValue(value, response.ClientFlags);
        _hits++;
        Interlocked.Add(ref _counters.HitBytes, value.Length);
    }
}
