using System.Globalization;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Running;

namespace Monorepo.Peers;

/// <param name="Quick">Smaller histories and fewer rounds: under a minute.</param>
/// <param name="Source">A git repository or a bundle; null: generate.</param>
/// <param name="Rounds">Null: the benchmark's own number.</param>
/// <param name="Minutes">How long a soak takes; null: the benchmark's own number.</param>
/// <param name="Shape">A history of one's own shape in place of the usual ones; null: those.</param>
internal sealed record BenchmarkOptions(bool Quick, string? Source, int? Rounds, int? Minutes, HistoryShape? Shape)
{
    public const string Usage = """
        usage: ./build.sh bench NAME [--quick] [--rounds N] [--minutes N] [SOURCE | [--files N] [--commits N] [--changes N] [--seed N]]

        SOURCE is a git repository or a bundle. Without it histories are generated: one of many commits and one of many files, or one of
        the numbers given. They are kept in out/bench-data; results go to out/bench/NAME.json.
        TMPDIR says where working copies go while it runs.
        Exit codes: 0 every bar is met; 3 one is not; 1 it could not be run.

        """;

    private const int RoundsMax = 1_000;
    private const int MinutesMax = 24 * 60;

    /// <exception cref="BenchmarkException">The arguments are not understood.</exception>
    public static BenchmarkOptions Parse(ReadOnlySpan<string> arguments)
    {
        BenchmarkOptions options = new(Quick: false, Source: null, Rounds: null, Minutes: null, Shape: null);
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            HistoryShape shape = options.Shape ?? HistoryShape.QuickCommitHeavy;
            options = argument switch
            {
                "--quick" => options with { Quick = true },
                "--rounds" => options with { Rounds = Number(arguments, ++i, RoundsMax) },
                "--minutes" => options with { Minutes = Number(arguments, ++i, MinutesMax) },
                "--files" => options with { Shape = shape with { Files = Number(arguments, ++i, HistoryShape.FilesMax) } },
                "--commits" => options with { Shape = shape with { Commits = Number(arguments, ++i, HistoryShape.CommitsMax) } },
                "--changes" => options with { Shape = shape with { Changes = Number(arguments, ++i, HistoryShape.ChangesMax) } },
                "--seed" => options with { Shape = shape with { Seed = Number(arguments, ++i, int.MaxValue) } },
                _ when argument.StartsWith('-') || options.Source is not null => throw new BenchmarkException($"'{argument}' is not understood"),
                _ when !Path.Exists(argument) => throw new BenchmarkException($"'{argument}' is not there"),
                _ => options with { Source = Path.GetFullPath(argument) },
            };
        }

        return options is { Source: not null, Shape: not null }
            ? throw new BenchmarkException("give a source or the numbers of a history, not both")
            : options;
    }

    private static int Number(ReadOnlySpan<string> arguments, int at, int max) =>
        at < arguments.Length && int.TryParse(arguments[at], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= max
            ? number
            : throw new BenchmarkException($"{arguments[at - 1]} takes a number from 1 to {max}");
}
