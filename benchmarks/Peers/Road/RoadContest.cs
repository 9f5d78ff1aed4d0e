using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Repositories;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Road;

/// <summary>The contestants of the road and their measurements. Not thread-safe.</summary>
internal sealed partial class RoadContest
{
    private const string Repository = "road";

    private readonly Tools _tools;
    private readonly ProgramRunner _runner;
    private readonly SourceRepository _source;
    private readonly string _folder;
    private readonly Series _import = new("mr-admin import");
    private readonly Series _indexPack = new("git index-pack");
    private readonly Series _clone = new("mr clone --no-checkout");
    private readonly Series _cloneBlobless = new("git clone --filter=blob:none");
    private readonly Series _cloneTreeless = new("git clone --filter=tree:0");
    private readonly Series _checkout = new("mr checkout");
    private readonly Series _checkoutBlobless = new("git checkout in a blobless clone");

    public RoadContest(Tools tools, ProgramRunner runner, SourceRepository source, string folder)
    {
        _tools = tools;
        _runner = runner;
        _source = source;
        _folder = folder;
        Comparisons =
        [
            // index-pack only finds the objects in a pack and hashes them; an import also parses, compresses again and stores each durably.
            new Comparison("import", _import, _indexPack, AtLeast: 0.1),
            new Comparison("clone", _clone, _cloneBlobless, AtLeast: 1),
            new Comparison("clone-treeless", _clone, _cloneTreeless, AtLeast: 1),
            new Comparison("checkout", _checkout, _checkoutBlobless, AtLeast: 1),
        ];
    }

    public IReadOnlyList<Comparison> Comparisons { get; }

    public async Task<TimeSpan> ImportAsync(string data, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(data);
        return (await _runner.RunAsync(_tools.Admin, _folder, cancellationToken, "import", _source.Path, "--repo", Repository, "--data", data)).Elapsed;
    }

    /// <summary>Everybody once; who goes first alternates. Round 0 is not counted.</summary>
    public async Task RunRoundAsync(int round, string serverUrl, string gitUrl, CancellationToken cancellationToken)
    {
        string here = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"round{round}"));
        Directory.CreateDirectory(here);
        bool counts = round > 0;
        Func<Task>[] turns =
        [
            async () => Record(_import, await ImportAsync(Path.Combine(here, "data"), cancellationToken), null),
            () => IndexPackAsync(here, counts, cancellationToken),
            () => OursAsync(here, serverUrl, counts, cancellationToken),
            () => BloblessAsync(here, gitUrl, counts, cancellationToken),
            () => TreelessAsync(here, gitUrl, counts, cancellationToken),
        ];
        if (round % 2 == 1)
            Array.Reverse(turns);
        foreach (Func<Task> turn in turns)
        {
            await turn();
        }

        Directory.Delete(here, recursive: true);

        void Record(Series series, TimeSpan elapsed, long? bytes)
        {
            if (counts)
                series.Add(elapsed, bytes);
        }
    }

    private async Task IndexPackAsync(string here, bool counts, CancellationToken cancellationToken)
    {
        string target = Path.Combine(here, "indexed.git");
        await _runner.RunAsync("git", here, cancellationToken, "init", "-q", "--bare", target);
        ProgramOutcome outcome = await _runner.RunAsync(_runner.Prepare("git", target, "index-pack", "--stdin"), _source.Pack, cancellationToken);
        if (counts)
            _indexPack.Add(outcome.Elapsed);
    }

    private async Task OursAsync(string here, string url, bool counts, CancellationToken cancellationToken)
    {
        string copy = Path.Combine(here, "ours");
        string cache = Path.Combine(here, "cache");
        ProgramOutcome cloned = await MrAsync(here, "clone", $"{url}/{Repository}", copy, "--no-checkout", "--stats");
        ProgramOutcome checkedOut = await MrAsync(copy, "checkout", _source.Head, "--stats");
        if (!counts)
            return;
        _clone.Add(cloned.Elapsed, ReceivedOf(cloned));
        _checkout.Add(checkedOut.Elapsed, ReceivedOf(checkedOut));

        Task<ProgramOutcome> MrAsync(string directory, params string[] arguments)
        {
            ProcessStartInfo start = _runner.Prepare(_tools.Client, directory, arguments);
            start.Environment["MR_CACHE_DIR"] = cache;
            return _runner.RunAsync(start, inputFile: null, cancellationToken);
        }
    }

    private async Task BloblessAsync(string here, string url, bool counts, CancellationToken cancellationToken)
    {
        string copy = Path.Combine(here, "blobless");
        ProgramOutcome cloned = await _runner.RunAsync("git", here, cancellationToken, "clone", "-q", "--filter=blob:none", "--no-checkout", url, copy);
        long clonedBytes = PackBytesOf(copy);
        // Without a path: with one, git 2.39 asks for the contents one by one.
        ProgramOutcome checkedOut = await _runner.RunAsync("git", copy, cancellationToken, "checkout", "-q", "HEAD");
        if (!counts)
            return;
        _cloneBlobless.Add(cloned.Elapsed, clonedBytes);
        _checkoutBlobless.Add(checkedOut.Elapsed, PackBytesOf(copy) - clonedBytes);
    }

    private async Task TreelessAsync(string here, string url, bool counts, CancellationToken cancellationToken)
    {
        string copy = Path.Combine(here, "treeless");
        ProgramOutcome cloned = await _runner.RunAsync("git", here, cancellationToken, "clone", "-q", "--filter=tree:0", "--no-checkout", url, copy);
        if (counts)
            _cloneTreeless.Add(cloned.Elapsed, PackBytesOf(copy));
    }

    // What git received is what it kept: packs are stored as they come.
    private static long PackBytesOf(string copy) =>
        Directory.EnumerateFiles(Path.Combine(copy, ".git", "objects", "pack"), "*.pack").Sum(file => new FileInfo(file).Length);

    private static long ReceivedOf(ProgramOutcome outcome)
    {
        Match line = ReceivedBytes().Match(outcome.Errors);
        return line.Success
            ? long.Parse(line.Groups["bytes"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
            : throw new BenchmarkException($"mr printed no statistics: {outcome.Errors}");
    }

    [GeneratedRegex(@"^stats: .* (?<bytes>\d+) bytes received", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ReceivedBytes();
}
