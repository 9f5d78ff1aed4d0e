using System.Globalization;

namespace Monorepo.Peers.Measuring;

/// <summary>A figure and what it must reach.</summary>
/// <param name="Name">Of the case.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Limit">What it must reach, or stay below.</param>
/// <param name="IsCeiling">Smaller is better.</param>
/// <param name="Unit">Behind the figures.</param>
internal sealed record Bar(string Name, double Value, double Limit, bool IsCeiling, string Unit)
{
    public bool IsMet => IsCeiling ? Value <= Limit : Value >= Limit;

    /// <summary>How many times as fast as a peer.</summary>
    public static Bar Faster(string name, Series ours, Series peer, double atLeast) => new(name, peer.MedianSeconds / ours.MedianSeconds, atLeast, IsCeiling: false, "x");

    /// <summary>How many times the bytes of a peer.</summary>
    public static Bar Smaller(string name, long ours, long peer, double atMost) => new(name, (double)ours / peer, atMost, IsCeiling: true, "x");

    public string ToLine(string benchmark) => $"bar {benchmark}/{Name}: {Figure(Value)} ({(IsCeiling ? "at most" : "at least")} {Figure(Limit)}) {(IsMet ? "ok" : "short")}";

    private string Figure(double value) =>
        value.ToString(value >= 1_000 ? "#,##0" : value >= 100 ? "0" : "0.##", CultureInfo.InvariantCulture) + Unit;
}
