namespace Monorepo.Peers.Measuring;

/// <summary>One contestant's measurements of one case, a value a round. Not thread-safe.</summary>
internal sealed class Series(string name)
{
    private readonly List<double> _seconds = [];

    public string Name { get; } = name;

    public IReadOnlyList<double> Seconds => _seconds;

    /// <summary>Bytes that came over the network, or lie on disk; null where that is not the question.</summary>
    public long? Bytes { get; set; }

    /// <summary>The most memory that the program had resident in any round; 0: not seen.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Of the rounds so far; the mean of the middle two when they are even.</summary>
    public double MedianSeconds
    {
        get
        {
            double[] sorted = [.. _seconds.Order()];
            return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    public void Add(TimeSpan elapsed, long peakBytes = 0)
    {
        _seconds.Add(elapsed.TotalSeconds);
        PeakBytes = Math.Max(PeakBytes, peakBytes);
    }
}
