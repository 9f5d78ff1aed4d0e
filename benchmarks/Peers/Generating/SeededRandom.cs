namespace Monorepo.Peers.Generating;

/// <summary>
/// splitmix64 (Steele, Lea, Flood 2014). Our own because System.Random's sequence may change between versions of .NET, and commit ids with it.
/// </summary>
internal sealed class SeededRandom(int seed)
{
    private const ulong Step = 0x9E37_79B9_7F4A_7C15;

    private ulong _state = (ulong)seed * Step;

    /// <summary>The same answer for the same question.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }

    public ulong Next() => Mix(_state += Step);

    /// <summary>From 0 to below <paramref name="bound"/>.</summary>
    public int Next(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>From 0 to below 1.</summary>
    public double NextFraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to below <paramref name="bound"/>, small numbers more often, as people and files are: half of the time from the first quarter.</summary>
    public int NextSkewed(int bound)
    {
        double fraction = NextFraction();
        return (int)(fraction * fraction * bound);
    }
}
