using System.Diagnostics;
using System.Runtime.InteropServices;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers;

/// <summary>What every benchmark works with: the programs, the histories, a folder of its own, and the report. The folder goes on disposal.</summary>
internal sealed class Workbench : IDisposable
{
    private Workbench(Tools tools, BenchmarkOptions options, PeerBenchmark benchmark)
    {
        Tools = tools;
        Options = options;
        Folder = Directory.CreateTempSubdirectory("mr-bench-").FullName;
        Runner = new ProgramRunner(Folder);
        Store = new SubjectStore(tools, Runner);
        Report = new Report(benchmark.Name);
        Rounds = options.Rounds ?? (options.Quick ? benchmark.Rounds.Quick : benchmark.Rounds.Full);
    }

    public Tools Tools { get; }

    public BenchmarkOptions Options { get; }

    public string Folder { get; }

    public ProgramRunner Runner { get; }

    public SubjectStore Store { get; }

    public Report Report { get; }

    public int Rounds { get; }

    public static async Task<Workbench> CreateAsync(BenchmarkOptions options, PeerBenchmark benchmark, CancellationToken cancellationToken)
    {
        Workbench bench = new(Tools.Find(), options, benchmark);
        bench.Store.Clean();
        string mr = (await bench.Runner.RunAsync(bench.Tools.Client, bench.Folder, cancellationToken, "--version")).Output.Trim();
        string git = (await bench.GitAsync(bench.Folder, cancellationToken, "--version")).Output.Trim();
        bench.Report.Fact("versions", $"mr {mr}; {git}; {RuntimeInformation.FrameworkDescription}");
        bench.Report.Fact("machine", $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}; {Scratch.Describe(bench.Folder)}");
        bench.Report.Fact("rounds", $"{bench.Rounds} counted, in turns; medians of whole processes; loopback; page cache warm");
        return bench;
    }

    /// <summary>The histories to measure on, one after the other, each with the name of its case: what the user asked for, or one of many commits and one of many files.</summary>
    public async IAsyncEnumerable<(string Case, SourceRepository Source)> SubjectsAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Options.Source is { } given)
        {
            yield return ("source", Noted("source", await Store.MirrorAsync(given, cancellationToken)));
        }
        else if (Options.Shape is { } shape)
        {
            yield return ("generated", Noted("generated", await Store.GenerateAsync(shape, cancellationToken)));
        }
        else
        {
            yield return ("commits", await CommitHeavyAsync(cancellationToken));
            yield return ("files", Noted("files", await Store.GenerateAsync(Options.Quick ? HistoryShape.QuickFileHeavy : HistoryShape.FileHeavy, cancellationToken)));
        }
    }

    /// <summary>The first of <see cref="SubjectsAsync"/>.</summary>
    public async Task<SourceRepository> SubjectAsync(CancellationToken cancellationToken)
    {
        if (Options is { Source: null, Shape: null })
            return await CommitHeavyAsync(cancellationToken);
        await foreach ((string _, SourceRepository source) in SubjectsAsync(cancellationToken))
        {
            return source;
        }

        throw new UnreachableException();
    }

    /// <summary>A history to check out: what the user asked for, or one of a given shape.</summary>
    public async Task<SourceRepository> CheckoutSubjectAsync(HistoryShape full, HistoryShape quick, CancellationToken cancellationToken) => Noted("history", Options.Source is { } given
        ? await Store.MirrorAsync(given, cancellationToken)
        : await Store.GenerateAsync(Options.Shape ?? (Options.Quick ? quick : full), cancellationToken));

    /// <summary>Trees to check out once and look at, by size: what the user asked for, or the usual ones. Their history is short.</summary>
    public async IAsyncEnumerable<SourceRepository> TreeSubjectsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int[] sizes = Options.Quick ? [20_000] : [20_000, 200_000, 1_000_000];
        foreach (HistoryShape shape in Options.Shape is { } own ? [own] : sizes.Select(static files => new HistoryShape(files, Commits: 10, Changes: 4, Seed: 1)))
        {
            yield return Noted($"{shape.Files:N0} files", await Store.GenerateAsync(shape, cancellationToken));
        }
    }

    public Task<ProgramOutcome> GitAsync(string folder, CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        Runner.RunAsync("git", folder, cancellationToken, arguments);

    /// <summary>Runs our client with an object cache in a given folder.</summary>
    public Task<ProgramOutcome> ClientAsync(string folder, string cache, CancellationToken cancellationToken, params IEnumerable<string> arguments) =>
        Runner.RunAsync(PrepareClient(folder, cache, arguments), inputFile: null, cancellationToken);

    /// <summary>A start of our client that is not run yet, as <see cref="ClientAsync"/> does it.</summary>
    public ProcessStartInfo PrepareClient(string folder, string cache, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Runner.Prepare(Tools.Client, folder, arguments);
        start.Environment["MR_CACHE_DIR"] = cache;
        return start;
    }

    /// <summary>An exact copy of a clone or a store, times included.</summary>
    public Task CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        Runner.RunAsync("cp", Folder, cancellationToken, "-a", "--reflink=auto", from, to);

    /// <summary>Serves a folder that <see cref="SubjectStore.ImportAsync"/> made, or a copy of one.</summary>
    public Task<MonorepoServer> ServeAsync(string data, CancellationToken cancellationToken) => MonorepoServer.StartAsync(Runner, Tools, data, cancellationToken);

    public Task<GitDaemon> ServeGitAsync(string repository, CancellationToken cancellationToken) =>
        GitDaemon.StartAsync(Runner, Path.GetDirectoryName(repository)!, cancellationToken);

    /// <summary>Says in the report what is measured on.</summary>
    public SourceRepository Noted(string name, SourceRepository source)
    {
        Report.Fact(name, $"{source.Description}; {source.Commits:N0} commits, {source.Objects:N0} objects, {source.Files:N0} files at HEAD, pack of {ByteText.Of(source.PackBytes)}");
        return source;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private async Task<SourceRepository> CommitHeavyAsync(CancellationToken cancellationToken) =>
        Noted("commits", await Store.GenerateAsync(Options.Quick ? HistoryShape.QuickCommitHeavy : HistoryShape.CommitHeavy, cancellationToken));
}
