using Monorepo.Peers.Running;

namespace Monorepo.Peers;

/// <summary>A comparison with other programs doing the same work in the same run.</summary>
internal abstract class PeerBenchmark
{
    /// <summary>What a user types.</summary>
    public abstract string Name { get; }

    public abstract string Summary { get; }

    /// <summary>Runs, prints a table and the bars, and writes out/bench/NAME.json.</summary>
    /// <returns>Whether every bar was met.</returns>
    /// <exception cref="BenchmarkException">Something that it needs is missing, or a program failed.</exception>
    public abstract Task<bool> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken);
}

/// <param name="Quick">A smaller history and fewer rounds: under a minute.</param>
/// <param name="Source">A git repository or a bundle; null: generate one.</param>
/// <param name="Rounds">Null: the benchmark's own number.</param>
internal sealed record BenchmarkOptions(bool Quick, string? Source, int? Rounds)
{
    private const int RoundsMax = 1_000;

    /// <exception cref="BenchmarkException">The arguments are not understood.</exception>
    public static BenchmarkOptions Parse(ReadOnlySpan<string> arguments)
    {
        BenchmarkOptions options = new(Quick: false, Source: null, Rounds: null);
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (string.Equals(argument, "--quick", StringComparison.Ordinal))
            {
                options = options with { Quick = true };
            }
            else if (string.Equals(argument, "--rounds", StringComparison.Ordinal))
            {
                options = i + 1 < arguments.Length && int.TryParse(arguments[++i], out int rounds) && rounds is >= 1 and <= RoundsMax
                    ? options with { Rounds = rounds }
                    : throw new BenchmarkException($"--rounds takes a number from 1 to {RoundsMax}");
            }
            else if (argument.StartsWith('-') || options.Source is not null)
            {
                throw new BenchmarkException($"'{argument}' is not understood");
            }
            else
            {
                options = Path.Exists(argument)
                    ? options with { Source = Path.GetFullPath(argument) }
                    : throw new BenchmarkException($"'{argument}' is not there");
            }
        }

        return options;
    }
}
