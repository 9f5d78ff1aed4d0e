using Monorepo.Peers.Measuring;
using Monorepo.Peers.Repositories;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Road;

/// <summary>
/// The road that a history takes to a developer's disk: import, clone, checkout. Both sides in turns within each round, over the loopback,
/// from a server with everything in the page cache; the first round warms up and is not counted.
/// </summary>
internal sealed class RoadBenchmark : PeerBenchmark
{
    private const int FullRounds = 7;
    private const int QuickRounds = 3;

    public override string Name => "road";

    public override string Summary => "import, clone and checkout, beside git index-pack and partial clones through git daemon";

    public override async Task<bool> RunAsync(BenchmarkOptions options, CancellationToken cancellationToken)
    {
        Tools tools = Tools.Find();
        int rounds = options.Rounds ?? (options.Quick ? QuickRounds : FullRounds);
        string folder = Directory.CreateTempSubdirectory("mr-bench-").FullName;
        try
        {
            ProgramRunner runner = new(folder);
            Console.Error.WriteLine("bench: preparing the history");
            SourceRepository source = await SourceRepository.CreateAsync(
                runner, Path.Combine(folder, "source.git"), options.Source, options.Quick ? HistoryShape.Quick : HistoryShape.Full, cancellationToken);
            RoadContest contest = new(tools, runner, source, folder);
            string data = Path.Combine(folder, "served");
            await contest.ImportAsync(data, cancellationToken);
            await using MonorepoServer server = await MonorepoServer.StartAsync(runner, tools, data, cancellationToken);
            await using GitDaemon daemon = await GitDaemon.StartAsync(runner, folder, cancellationToken);
            for (int round = 0; round <= rounds; round++)
            {
                Console.Error.WriteLine(round == 0 ? "bench: warming up" : $"bench: round {round} of {rounds}");
                await contest.RunRoundAsync(round, server.Url, daemon.UrlOf(Path.GetFileName(source.Path)), cancellationToken);
            }

            Report report = new(Name, await FactsAsync(runner, tools, source, server, rounds, cancellationToken), contest.Comparisons);
            report.Print(Console.Out);
            report.Save(Path.Combine(tools.ResultFolder, Name + ".json"));
            return report.Comparisons.All(c => c.IsMet);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<(string Name, string Value)>> FactsAsync(
        ProgramRunner runner, Tools tools, SourceRepository source, MonorepoServer server, int rounds, CancellationToken cancellationToken)
    {
        string git = (await runner.RunAsync("git", source.Path, cancellationToken, "--version")).Output.Trim();
        string mr = (await runner.RunAsync(tools.Client, source.Path, cancellationToken, "--version")).Output.Trim();
        return
        [
            ("source", source.Description),
            ("size", $"{source.Commits:N0} commits, {source.Objects:N0} objects, {source.Files:N0} files at HEAD, pack of {ByteText.Of(source.PackBytes)}"),
            ("versions", $"mr {mr}; {git}; {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}"),
            ("machine", $"{Environment.ProcessorCount} processors, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}"),
            ("server", server.ReadyLine),
            ("rounds", $"{rounds} counted, in turns; medians, whole processes"),
        ];
    }
}
