using System.Diagnostics;
using System.Text.Json;
using Monorepo.Peers.Benchmarks;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>The newest revision of a history checked out twice: in a clone of ours and in a clone of git's.</summary>
/// <param name="Bench">Runs the programs.</param>
/// <param name="Folder">Holds both.</param>
internal sealed record TreePair(Workbench Bench, string Folder)
{
    public string Ours => Path.Combine(Folder, "ours");

    public string Git => Path.Combine(Folder, "git");

    /// <summary>Our object cache.</summary>
    public string Cache => Path.Combine(Folder, "cache");

    /// <summary>With a server of its own, which is gone afterwards.</summary>
    public static async Task<TreePair> CheckOutAsync(Workbench bench, SourceRepository source, CancellationToken cancellationToken)
    {
        await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
        return await CheckOutAsync(bench, source, server.Url, cancellationToken);
    }

    /// <param name="bench">Runs the programs.</param>
    /// <param name="source">The history, as git has it.</param>
    /// <param name="serverUrl">Serves the same.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TreePair> CheckOutAsync(Workbench bench, SourceRepository source, string serverUrl, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine($"bench: checking out {source.Files:N0} files twice");
        TreePair trees = new(bench, Directory.CreateDirectory(Path.Combine(bench.Folder, $"trees-{source.Files}")).FullName);
        await CloneBenchmark.OursAsync(bench, trees.Folder, serverUrl, cancellationToken);
        await bench.ClientAsync(trees.Ours, trees.Cache, cancellationToken, "checkout");
        await bench.GitAsync(trees.Folder, cancellationToken, "clone", "-q", source.Path, "git");
        return trees;
    }

    /// <summary>One of our commands, with the watcher.</summary>
    public ProcessStartInfo Client(params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Bench.Runner.Prepare(Bench.Tools.Client, Ours, arguments);
        start.Environment["MR_WATCHER"] = "on";
        return start;
    }

    /// <returns>How long it took until it was ready.</returns>
    public async Task<TimeSpan> StartWatcherAsync(CancellationToken cancellationToken) =>
        (await Bench.Runner.RunAsync(Client("watcher", "start"), inputFile: null, cancellationToken)).Elapsed;

    public Task StopWatcherAsync(CancellationToken cancellationToken) => Bench.Runner.RunAsync(Client("watcher", "stop"), inputFile: null, cancellationToken);

    /// <summary>The process of the watcher that runs.</summary>
    public async Task<int> FindWatcherAsync(CancellationToken cancellationToken)
    {
        using JsonDocument status = JsonDocument.Parse((await Bench.Runner.RunAsync(Client("watcher", "status", "--json"), inputFile: null, cancellationToken)).OutputBytes);
        return status.RootElement.GetProperty("processId").GetInt32();
    }
}
