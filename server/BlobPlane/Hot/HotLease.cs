namespace Monorepo.BlobPlane.Hot;

/// <summary>Keeps envelopes of the hot set where they are until it is disposed. One thread at a time.</summary>
public sealed class HotLease : IDisposable
{
    private readonly HotSet _set;
    private readonly List<int> _segments = [];

    internal HotLease(HotSet set) => _set = set;

    internal void Add(int segment) => _segments.Add(segment);

    /// <summary>Idempotent.</summary>
    public void Dispose()
    {
        foreach (int segment in _segments)
            _set.Release(segment);
        _segments.Clear();
    }
}
