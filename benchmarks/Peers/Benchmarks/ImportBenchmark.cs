using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// A whole history into the store, beside git index-pack, which only finds and hashes the objects of the same pack; and the store's size after compaction beside
/// the pack's, which is what <c>git repack -adf</c> makes of the same objects.
/// </summary>
internal sealed class ImportBenchmark : PeerBenchmark
{
    // At most three times git's time.
    private const double AtLeast = 0.33;
    private const double SizeAtMost = 2.5;

    public override string Name => "import";

    public override string Summary => "mr-admin import beside git index-pack, and the compacted store's size beside the pack's";

    public override (int Full, int Quick) Rounds => (3, 2);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach ((string name, SourceRepository source) in bench.SubjectsAsync(cancellationToken))
        {
            Contest contest = new(name,
            [
                Contestant.Of("mr-admin import", (folder, cancel) => OursAsync(bench, source, Path.Combine(folder, "data"), cancel)),
                Contestant.Of("git index-pack", (folder, cancel) => IndexPackAsync(bench, source, folder, cancel)),
            ]);
            await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
            Series ours = contest.Contestants[0].Series;
            Series theirs = contest.Contestants[1].Series;
            string data = Path.Combine(bench.Folder, "compacted");
            await OursAsync(bench, source, data, cancellationToken);
            long imported = SubjectStore.BytesOf(data);
            TimeSpan compacting = (await bench.Runner.RunAsync(bench.Tools.Admin, bench.Folder, cancellationToken, "compact", "--data", data, "--repo", SubjectStore.Repository)).Elapsed;
            ours.Bytes = SubjectStore.BytesOf(data);
            theirs.Bytes = source.PackBytes;
            bench.Report.Fact(name, $"store of {ByteText.Of(imported)} after import, {ByteText.Of(ours.Bytes.Value)} after {compacting.TotalSeconds:0.0} s of compaction");
            Directory.Delete(data, recursive: true);

            bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
            bench.Report.Bar(Bar.Faster($"{name}-time", ours, theirs, AtLeast));
            bench.Report.Bar(Bar.Smaller($"{name}-size", ours.Bytes.Value, theirs.Bytes.Value, SizeAtMost));
        }
    }

    private static async Task<Turn> OursAsync(Workbench bench, SourceRepository source, string data, CancellationToken cancellationToken)
    {
        ProgramOutcome outcome = await bench.Runner.RunAsync(
            bench.Tools.Admin, bench.Folder, cancellationToken, "import", source.Path, "--repo", SubjectStore.Repository, "--data", data);
        return new Turn(outcome.Elapsed, outcome.PeakBytes);
    }

    private static async Task<Turn> IndexPackAsync(Workbench bench, SourceRepository source, string folder, CancellationToken cancellationToken)
    {
        string target = Path.Combine(folder, "indexed.git");
        await bench.GitAsync(folder, cancellationToken, "init", "-q", "--bare", target);
        // A copy, since index-pack writes beside the pack; it reads the file as it lies, so nothing is piped.
        string pack = Path.Combine(target, "objects", "pack", Path.GetFileName(source.Pack));
        await bench.CopyAsync(source.Pack, pack, cancellationToken);
        ProgramOutcome outcome = await bench.GitAsync(target, cancellationToken, "index-pack", pack);
        return new Turn(outcome.Elapsed, outcome.PeakBytes);
    }
}
