using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tests.Operations;
using Monorepo.Workspace.Upkeep;
using Monorepo.Workspace.Verification;

namespace Monorepo.Workspace.Tests.Upkeep;

public sealed class GarbageCollectorTests : IAsyncLifetime
{
    // After every commit that tests make.
    private static readonly DateTimeOffset s_later = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly DateTimeOffset s_earlier = DateTimeOffset.FromUnixTimeSeconds(1_600_000_000);

    private CommittingClone _clone = null!;

    private Clone Clone => _clone.Clone;

    public async ValueTask InitializeAsync() => _clone = await CommittingClone.CreateAsync(null);

    public ValueTask DisposeAsync()
    {
        _clone.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_a_ref_or_head_names_stays_with_its_ancestors()
    {
        ObjectId one = await CommitAsync("one");
        ObjectId two = await CommitAsync("two");
        CloneGarbage garbage = Collect(s_later);
        Assert.Empty(garbage.Commits);
        Assert.Equal([one, two], Clone.Local.Commits);

        // Detached: only HEAD names them.
        Detach(two);
        Assert.Empty(Collect(s_later).Commits);
        Assert.Equal([one, two], Clone.Local.Commits);
    }

    [Fact]
    public async Task What_nothing_names_goes_with_its_objects_and_what_others_need_stays()
    {
        ObjectId kept = await CommitAsync("kept");
        File.WriteAllText(Path.Combine(_clone.Top, "left"), new string('x', 100_000));
        ObjectId left = await CommitAsync("left", "left");
        ObjectId leftToo = await CommitAsync("left too");
        Reset(kept);

        CloneGarbage told = Collect(s_later, isDryRun: true);
        Assert.Equal([left, leftToo], told.Commits);
        Assert.True(told.CommitBytes > 0);
        Assert.Equal([kept, left, leftToo], Clone.Local.Commits);

        CloneGarbage garbage = Collect(s_later);
        Assert.Equal(told.Commits, garbage.Commits);
        Assert.Equal(told.CommitBytes, garbage.CommitBytes);
        Assert.Equal([kept], Clone.Local.Commits);
        Assert.False(Clone.History.Contains(left));
        Assert.True(new CloneVerifier(Clone.Paths).CheckLocal(TestContext.Current.CancellationToken).IsWhole);
        Assert.Empty(Collect(s_later).Commits);
    }

    [Fact]
    public async Task What_undo_would_go_back_to_stays()
    {
        ObjectId kept = await CommitAsync("kept");
        ObjectId left = await CommitAsync("left");
        Reset(kept, forgets: false);
        Assert.Empty(Collect(s_later).Commits);
        Assert.Equal(UndoOutcome.Done, (await _clone.UndoAsync()).Outcome);
        Assert.Equal(left, Clone.Head.Commit);
    }

    [Fact]
    public async Task What_is_young_stays_with_its_ancestors()
    {
        ObjectId kept = await CommitAsync("kept");
        ObjectId young = await CommitAsync("young");
        Reset(kept);
        CloneGarbage garbage = Collect(s_earlier);
        Assert.Empty(garbage.Commits);
        Assert.Equal(1, garbage.Young);
        Assert.Contains(young, Clone.Local.Commits);
    }

    [Fact]
    public async Task What_a_cut_checkout_was_on_its_way_to_stays()
    {
        ObjectId kept = await CommitAsync("kept");
        ObjectId target = await CommitAsync("target");
        Reset(kept);
        new CheckoutJournal(Clone.History.TryFind(target, out CommitNode node) ? node.Tree : default, new HeadState(null, target), Force: false, []).Save(Clone.Paths.CheckoutJournal);
        Assert.Empty(Collect(s_later).Commits);
        CheckoutJournal.Delete(Clone.Paths.CheckoutJournal);
        Assert.Equal([target], Collect(s_later).Commits);
    }

    [Fact]
    public async Task Old_leftovers_go_and_what_may_be_in_the_making_stays()
    {
        await CommitAsync("one");
        string old = Path.Combine(Clone.Paths.State, "refs.new");
        string fresh = Path.Combine(Clone.Paths.State, "config.json.new");
        string data = Path.Combine(Clone.Paths.Local, "objects-12345");
        foreach (string path in (string[])[old, fresh, data])
        {
            File.WriteAllText(path, "rest");
        }

        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        Assert.Equal([data, old], Collect(s_later, isDryRun: true).Leftovers.Order(StringComparer.Ordinal));
        Assert.True(File.Exists(old));
        Collect(s_later);
        Assert.False(File.Exists(old));
        Assert.False(File.Exists(data));
        Assert.True(File.Exists(fresh));
        Assert.True(new CloneVerifier(Clone.Paths).CheckLocal(TestContext.Current.CancellationToken).IsWhole);
    }

    [Fact]
    public async Task Beside_a_command_that_changes_the_clone_nothing_is_collected()
    {
        await CommitAsync("one");
        using CloneLock held = CloneLock.Take(Clone.Paths);
        Assert.Equal(CloneError.Locked, Assert.Throws<CloneException>(() => Collect(s_later)).Error);
    }

    [Fact]
    public async Task Who_reads_meanwhile_goes_on_reading()
    {
        ObjectId kept = await CommitAsync("kept");
        ObjectId left = await CommitAsync("left");
        using Clone reader = Clone.Open(_clone.Top);
        Reset(kept);
        Collect(s_later);
        Assert.NotNull(reader.Local.TryRead(left));
        Assert.NotNull(reader.Local.TryRead(kept));
    }

    private CloneGarbage Collect(DateTimeOffset before, bool isDryRun = false) => GarbageCollector.Collect(Clone, before, TimeProvider.System.GetUtcNow(), isDryRun);

    private async Task<ObjectId> CommitAsync(string message, params string[] paths)
    {
        CommitResult result = await _clone.CommitAsync(message, paths.Length == 0 ? null : [.. paths.Select(Encoding.UTF8.GetBytes)], allowEmpty: true);
        return result.Id;
    }

    // As a branch that was moved back, a long time ago if the operation log has forgotten it.
    private void Reset(ObjectId commit, bool forgets = true)
    {
        using (CloneLock.Take(Clone.Paths))
        {
            Clone.Local.SetRefs([(CommittingClone.Main, commit)]);
        }

        if (forgets)
        {
            File.Delete(Clone.Paths.Operations);
        }
    }

    private void Detach(ObjectId commit)
    {
        using CloneLock held = CloneLock.Take(Clone.Paths);
        Clone.SetHead(new HeadState(null, commit));
        Clone.Local.SetRefs([(CommittingClone.Main, null)]);
    }
}
