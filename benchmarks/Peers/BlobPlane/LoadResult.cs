using System.Globalization;

namespace Monorepo.Peers.BlobPlane;

/// <summary>What one turn of a load came to.</summary>
/// <param name="Operations">Requests answered.</param>
/// <param name="Bytes">Contents received.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="P50Us">Median time of a request.</param>
/// <param name="P99Us">99 of 100 were faster.</param>
/// <param name="CpuSeconds">Of the client process.</param>
internal sealed record LoadResult(long Operations, long Bytes, double Seconds, double P50Us, double P99Us, double CpuSeconds)
{
    public double PerSecond => Operations / Seconds;

    public double MegabytesPerSecond => Bytes / Seconds / 1e6;

    public string ToLine() => string.Join(' ', ((double[])[Operations, Bytes, Seconds, P50Us, P99Us, CpuSeconds]).Select(static v => v.ToString("R", CultureInfo.InvariantCulture)));

    public static LoadResult Parse(string line)
    {
        double[] values = [.. line.Split(' ').Select(static word => double.Parse(word, CultureInfo.InvariantCulture))];
        return new LoadResult((long)values[0], (long)values[1], values[2], values[3], values[4], values[5]);
    }
}

/// <summary>A load for a client: so many requests on their way at a time, each for so many files of a set.</summary>
internal sealed record Load(string Set, int Keys, int Outstanding, double Seconds)
{
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Set} {Keys} {Outstanding} {Seconds}");

    public static Load Parse(string line)
    {
        string[] words = line.Split(' ');
        return new Load(words[0], int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture), double.Parse(words[3], CultureInfo.InvariantCulture));
    }
}
