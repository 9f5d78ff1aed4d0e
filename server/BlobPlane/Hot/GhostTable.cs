namespace Monorepo.BlobPlane.Hot;

/// <summary>
/// Fingerprints of keys that left the small queue without a second hit: the third queue of S3-FIFO. Buckets of four, the newest in front, so it forgets in
/// about the order it learned. A wrong answer costs a bad place in the queues, nothing else. For one thread at a time.
/// </summary>
internal sealed class GhostTable
{
    private const int Ways = 4;

    private readonly uint[] _fingerprints;
    private readonly int _mask;

    public GhostTable(long keys)
    {
        int buckets = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(keys / Ways, 64, 1 << 26));
        _fingerprints = new uint[buckets * Ways];
        _mask = buckets - 1;
    }

    public void Add(ulong hash)
    {
        Span<uint> bucket = Bucket(hash);
        bucket[..^1].CopyTo(bucket[1..]);
        bucket[0] = Fingerprint(hash);
    }

    /// <summary>True when it was there.</summary>
    public bool Take(ulong hash)
    {
        Span<uint> bucket = Bucket(hash);
        int at = bucket.IndexOf(Fingerprint(hash));
        if (at < 0)
            return false;
        bucket[at] = 0;
        return true;
    }

    private Span<uint> Bucket(ulong hash) => _fingerprints.AsSpan(((int)hash & _mask) * Ways, Ways);

    // 0 is an empty place.
    private static uint Fingerprint(ulong hash) => (uint)(hash >> 32) | 1;
}
