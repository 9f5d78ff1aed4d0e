namespace Monorepo.Peers.Measuring;

/// <summary>One contestant's measurements of one case, a value a round. Not thread-safe.</summary>
internal sealed class Series(string name)
{
    private readonly List<double> _seconds = [];

    public string Name { get; } = name;

    public IReadOnlyList<double> Seconds => _seconds;

    /// <summary>Bytes that came over the network in the last round; null where none did.</summary>
    public long? BytesReceived { get; private set; }

    /// <summary>Of the rounds so far; the mean of the middle two when they are even.</summary>
    public double MedianSeconds
    {
        get
        {
            double[] sorted = [.. _seconds.Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public void Add(TimeSpan elapsed, long? bytesReceived = null)
    {
        _seconds.Add(elapsed.TotalSeconds);
        BytesReceived = bytesReceived;
    }
}

/// <summary>The same work by us and by a peer.</summary>
/// <param name="Name">For the bar: road/NAME.</param>
/// <param name="Ours">Our side.</param>
/// <param name="Peer">Their side.</param>
/// <param name="AtLeast">How often as fast as the peer we must be; below 1 where our side does more.</param>
internal sealed record Comparison(string Name, Series Ours, Series Peer, double AtLeast)
{
    /// <summary>Above 1: we are faster.</summary>
    public double Ratio => Peer.MedianSeconds / Ours.MedianSeconds;

    public bool IsMet => Ratio >= AtLeast;
}
