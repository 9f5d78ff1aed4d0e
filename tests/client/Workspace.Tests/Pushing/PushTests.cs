using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Pushing;
using Monorepo.Workspace.Tests.Remote;

namespace Monorepo.Workspace.Tests.Pushing;

/// <summary>Two developers and the server's own push service.</summary>
public sealed class PushTests : IAsyncLifetime
{
    private readonly GitRepository _git = new(seed: 3, commits: 20);
    private KestrelServer _server = null!;
    private Developer _ann = null!;
    private Developer _bob = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelServer.StartAsync(_git);
        _ann = await Developer.StartAsync(_server.Url, "ann");
        _bob = await Developer.StartAsync(_server.Url, "bob");
    }

    public async ValueTask DisposeAsync()
    {
        await _ann.DisposeAsync();
        await _bob.DisposeAsync();
        await _server.DisposeAsync();
        _git.Dispose();
    }

    [Fact]
    public async Task A_push_takes_one_round_trip_and_the_next_pull_forgets_what_landed()
    {
        await _ann.CommitAsync("one", "1");
        ObjectId tip = await _ann.CommitAsync("two", "2");
        long before = _ann.Stats.Snapshot().RoundTrips;
        RefPushResult result = await _ann.PushAsync();
        Assert.Equal(PushOutcome.Updated, result.Outcome);
        Assert.Equal(before + 1, _ann.Stats.Snapshot().RoundTrips);
        Assert.Equal(new BranchDivergence(Developer.Main, 0, 0), BranchDivergence.Of(_ann.Clone));

        // Nothing is sent twice, though the log here does not have it yet.
        ObjectId next = await _ann.CommitAsync("three", "3");
        Assert.Equal(1, BranchDivergence.Of(_ann.Clone)!.Ahead);
        Assert.Equal(PushOutcome.Updated, (await _ann.PushAsync()).Outcome);
        Assert.Null(await _ann.PullAsync());
        Assert.Empty(_ann.Clone.Local.Commits);
        Assert.Empty(_ann.Clone.Local.Refs);
        Assert.Equal(next, _ann.Clone.Head.Commit);
        Assert.True(await _ann.IsCleanAsync());
        Assert.Null(await _bob.PullAsync());
        Assert.True(_bob.Clone.History.Contains(tip));
    }

    [Fact]
    public async Task Disjoint_changes_both_land_and_the_later_one_follows_the_server()
    {
        await _ann.CommitAsync("of-ann", "1");
        Assert.Equal(PushOutcome.Updated, (await _ann.PushAsync()).Outcome);
        ObjectId first = await _bob.CommitAsync("of-bob", "1");
        ObjectId second = await _bob.CommitAsync("of-bob", "2");
        RefPushResult result = await _bob.PushAsync();
        Assert.Equal(PushOutcome.Rebased, result.Outcome);
        Assert.Equal([first, second], result.Rebased.Select(r => r.Old));
        Assert.Null(await _bob.TakeAsync(result));
        Assert.Equal(result.Target, _bob.Clone.Head.Commit);
        Assert.Equal("1", File.ReadAllText(_bob.File("of-ann")));
        Assert.Equal("2", File.ReadAllText(_bob.File("of-bob")));
        Assert.Empty(_bob.Clone.Local.Commits);
        Assert.Empty(_bob.Clone.Local.Refs);
        Assert.Equal(new BranchDivergence(Developer.Main, 0, 0), BranchDivergence.Of(_bob.Clone));
        Assert.True(await _bob.IsCleanAsync());
    }

    [Fact]
    public async Task A_conflicting_change_is_refused_by_path_and_stays_local()
    {
        await _ann.CommitAsync("shared", "ann's");
        await _ann.PushAsync();
        ObjectId mine = await _bob.CommitAsync("shared", "bob's");
        RefPushResult result = await _bob.PushAsync();
        Assert.Equal(PushOutcome.Conflict, result.Outcome);
        Assert.Equal("shared"u8.ToArray(), Assert.Single(result.Conflicts));
        Assert.Null(await _bob.PullAsync());
        Assert.Equal(mine, _bob.Clone.Head.Commit);
        Assert.Equal([mine], _bob.Clone.Local.Commits);
        Assert.Equal(new BranchDivergence(Developer.Main, 1, 1), BranchDivergence.Of(_bob.Clone));
        Assert.Equal(PushOutcome.NonFastForward, (await _bob.PushAsync(PushRebase.Never)).Outcome);
    }

    [Fact]
    public async Task A_push_whose_answer_was_lost_is_found_by_the_next_pull()
    {
        await _ann.CommitAsync("of-ann", "1");
        await _ann.PushAsync();
        await _bob.CommitAsync("of-bob", "1");
        RefPushResult lost = await _bob.PushAsync();

        // Others go on before bob asks again.
        await _ann.PullAsync();
        Assert.Equal(lost.Target, (await _bob.PushAsync()).Rebased.Single().New);
        Assert.Null(await _bob.PullAsync());
        Assert.Equal(lost.Target, _bob.Clone.Head.Commit);
        Assert.Empty(_bob.Clone.Local.Commits);
        Assert.True(await _bob.IsCleanAsync());
        Assert.Equal("1", File.ReadAllText(_bob.File("of-ann")));
    }

    [Fact]
    public async Task Changes_in_the_way_keep_the_working_copy_until_they_are_gone()
    {
        await _ann.CommitAsync("of-ann", "1");
        await _ann.PushAsync();
        ObjectId mine = await _bob.CommitAsync("of-bob", "1");
        _bob.Write("of-ann", "not committed");
        RefPushResult result = await _bob.PushAsync();
        Assert.NotNull(await _bob.TakeAsync(result));
        Assert.Equal(mine, _bob.Clone.Head.Commit);
        Assert.Equal("not committed", File.ReadAllText(_bob.File("of-ann")));
        Assert.Equal([mine], _bob.Clone.Local.Commits);
        File.Delete(_bob.File("of-ann"));
        Assert.Null(await _bob.PullAsync());
        Assert.Equal(result.Target, _bob.Clone.Head.Commit);
        Assert.Empty(_bob.Clone.Local.Commits);
        Assert.True(await _bob.IsCleanAsync());
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        ObjectId mine = await _bob.CommitAsync("of-bob", "1");
        Assert.Equal(PushOutcome.Updated, (await _bob.PushAsync(dryRun: true)).Outcome);
        Assert.Equal(1, BranchDivergence.Of(_bob.Clone)!.Ahead);
        await _ann.PullAsync();
        Assert.False(_ann.Clone.History.Contains(mine));
    }
}
