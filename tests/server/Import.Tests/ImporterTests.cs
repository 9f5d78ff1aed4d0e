using Monorepo.Testing.Git;

namespace Monorepo.Import.Tests;

public sealed class ImporterTests : IDisposable
{
    private readonly SourceRepository _source = new();
    private readonly ImportFixture _target = new();

    public void Dispose() => _source.Dispose();

    [Theory]
    [InlineData("vfsforgit")]
    [InlineData("watchman")]
    public async Task Imports_a_real_history_from_its_bundle(string name)
    {
        string? bundle = RepositoryRoot.Bundle(name);
        if (bundle is null)
            Assert.Skip($"The bundle {name} is not beside this checkout.");
        string work = _source.Beside("work");
        ImportResult result = await _target.ImportAsync(bundle, work);
        Assert.Empty(Directory.GetFileSystemEntries(work));
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());

        string mirror = _source.Beside("mirror");
        _source.Git("clone", "-q", "--mirror", bundle, mirror);
        await ImportAssert.SameAsync(mirror, await _target.OpenAsync());
    }

    [Fact]
    public async Task Imports_a_generated_history_with_merges()
    {
        Generate(seed: 7, commits: 120);
        await _target.ImportAsync(_source);
        await ImportAssert.SameAsync(_source.Path, await _target.OpenAsync());
    }

    [Fact]
    public async Task A_second_run_copies_only_what_is_new()
    {
        _source.Commit("one", ("a", "1"), ("d/b", "1"));
        await _target.ImportAsync(_source);
        _source.Commit("two", ("a", "2"));
        ImportResult second = await _target.ImportAsync(_source);

        // A commit, its root tree, one blob.
        Assert.Equal((1, 3, 0), (second.Commits, second.Objects, second.RefsUnchanged));
        Assert.Equal(RefChangeKind.Moved, Assert.Single(second.Refs).Kind);
        await ImportAssert.SameAsync(_source.Path, await _target.OpenAsync());

        ImportResult third = await _target.ImportAsync(_source);
        Assert.Equal((0, 0, 1, 0), (third.Commits, third.Objects, third.RefsUnchanged, third.Refs.Count));
        Assert.Equal(2, (await (await _target.OpenAsync()).Refs.ReadAsync(default)).Offset);
    }

    [Fact]
    public async Task Refs_follow_the_source_when_they_are_rewound_and_deleted()
    {
        string first = _source.Commit("one", ("a", "1"));
        _source.Commit("two", ("a", "2"));
        _source.Git("branch", "gone");
        await _target.ImportAsync(_source);
        _source.Git("reset", "-q", "--hard", first);
        _source.Git("branch", "-D", "gone");
        _source.Git("branch", "fresh");
        ImportResult result = await _target.ImportAsync(_source);
        Assert.Equal(
            ["refs/heads/fresh Created", "refs/heads/gone Deleted", "refs/heads/main Moved"],
            result.Refs.Select(changed => $"{changed.Name} {changed.Kind}"));
        await ImportAssert.SameAsync(_source.Path, await _target.OpenAsync());
    }

    [Fact]
    public async Task Refs_that_the_source_lacks_stay_when_asked()
    {
        _source.Commit("one", ("a", "1"));
        _source.Git("branch", "gone");
        await _target.ImportAsync(_source);
        _source.Git("branch", "-D", "gone");
        ImportResult result = await _target.ImportAsync(_source.Path, _source.Beside("work"), options: new ImportOptions { DeleteMissingRefs = false });
        Assert.Empty(result.Refs);
        Assert.Equal(2, (await (await _target.OpenAsync()).Refs.ReadAsync(default)).Refs.Count);
    }

    [Fact]
    public async Task The_default_branch_follows_HEAD()
    {
        _source.Commit("one", ("a", "1"));
        await _target.ImportAsync(_source);
        _source.Git("checkout", "-q", "-b", "trunk");
        await _target.ImportAsync(_source);
        Assert.Equal("refs/heads/trunk", (await (await _target.OpenAsync()).Refs.ReadAsync(default)).DefaultBranch?.Value);
    }

    [Fact]
    public async Task A_URL_is_mirrored_once_and_fetched_from_then_on()
    {
        _source.Commit("one", ("a", "1"));
        string url = "file://" + _source.Path, work = _source.Beside("work");
        await _target.ImportAsync(url, work);
        string mirror = Assert.Single(Directory.GetDirectories(work));
        _source.Git("checkout", "-q", "-b", "trunk");
        _source.Commit("two", ("a", "2"));
        ImportResult second = await _target.ImportAsync(url, work);
        Assert.Equal(1, second.Commits);
        Assert.Equal("refs/heads/trunk", second.DefaultBranch?.Value);
        Assert.Equal(mirror, Assert.Single(Directory.GetDirectories(work)));
        await ImportAssert.SameAsync(_source.Path, await _target.OpenAsync());
    }

    [Fact]
    public async Task A_cancelled_run_leaves_refs_alone_and_the_next_one_finishes()
    {
        Generate(seed: 11, commits: 60);
        using var stop = new CancellationTokenSource();
        var stopper = new Listener(progress =>
        {
            if (progress.CommitsTotal > 0)
                stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _target.ImportAsync(_source.Path, _source.Beside("work"), stopper, cancellationToken: stop.Token));
        Assert.Empty((await (await _target.OpenAsync()).Refs.ReadAsync(default)).Refs);
        await _target.ImportAsync(_source);
        await ImportAssert.SameAsync(_source.Path, await _target.OpenAsync());
    }

    [Fact]
    public async Task Progress_ends_with_all_commits_done()
    {
        Generate(seed: 3, commits: 20);
        var seen = new List<ImportProgress>();
        ImportResult result = await _target.ImportAsync(_source.Path, _source.Beside("work"), new Listener(seen.Add));
        Assert.Equal(new ImportProgress(ImportPhase.Indexing, result.Commits, result.Commits, result.Objects, result.Bytes), seen[^1]);
        Assert.Equal(seen.Select(progress => progress.CommitsDone).Order(), seen.Select(progress => progress.CommitsDone));
    }

    private void Generate(int seed, int commits)
    {
        var random = new Random(seed);
        for (int i = 0; i < commits; i++)
        {
            (string, string)[] files = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => ($"d{random.Next(4)}/e{random.Next(4)}/f{random.Next(9)}", $"{random.Next(30)}\n"))];
            _source.Commit($"commit {i}", files);
            if (i % 20 == 10)
                _source.Git("branch", $"side{i}", "HEAD~3");
            if (i % 20 == 19)
                _source.Git("merge", "-q", "-s", "ours", "--no-ff", "--allow-unrelated-histories", "-m", "merge", $"side{i - 9}");
        }
    }

    private sealed class Listener(Action<ImportProgress> onReport) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => onReport(value);
    }
}
