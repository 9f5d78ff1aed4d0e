using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.Tests.Shallow;

/// <summary>Whatever a shallow clone answers is what a clone with everything answers; otherwise it says that it can't know.</summary>
public sealed class ShallowWalkTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public async Task Answers_are_right_or_refused(int seed)
    {
        using GitRepository git = new(seed, commits: 60);
        FakeRemote remote = new(git);
        using Clone whole = await Clone.CreateAsync(remote, _directory.File("whole"), null, TestContext.Current.CancellationToken);
        CommitLog all = whole.History;
        Random random = new(seed);
        int answered = 0;
        int refused = 0;
        for (int round = 0; round < 12; round++)
        {
            // Pieces of the history, each to some depth below a commit: every shape that clones, pulls and fetches leave, and more.
            HashSet<int> kept = [];
            for (int pieces = 1 + random.Next(3); pieces > 0; pieces--)
            {
                List<int> level = [random.Next(all.Count)];
                for (int depth = random.Next(12); depth >= 0; depth--)
                {
                    kept.UnionWith(level);
                    level = [.. level.SelectMany(all.GetParents)];
                }
            }

            using CommitLog few = CommitLog.Of(new ShallowCommits(7, kept.Select(p => new ShallowCommit(all.IdAt(p), all.Read(p).Body, p, [.. all.GetParents(p).Select(static q => (long)q)]))));
            for (int a = 0; a < few.Count; a++)
            {
                for (int b = 0; b < few.Count; b++)
                {
                    (int left, int right) = (Whole(few, a), Whole(few, b));
                    Compare(() => $"{CommitWalk.IsAncestor(few, a, b)}", () => $"{CommitWalk.IsAncestor(all, left, right)}");
                    Compare(() => Names(CommitWalk.MergeBases(few, a, b)), () => Names(CommitWalk.MergeBases(all, left, right)));
                    Compare(() => $"{CommitWalk.CountDivergence(few, a, b)}", () => $"{CommitWalk.CountDivergence(all, left, right)}");
                    Compare(() => Names(CommitWalk.Log(few, [a], [b])), () => Names(CommitWalk.Log(all, [left], [right])));
                    Compare(
                        () => Names(LogWalk.Walk(few, new LogQuery([a], [b]) { Order = LogOrder.ChildrenFirst }).Select(few.GetNode)),
                        () => Names(LogWalk.Walk(all, new LogQuery([left], [right]) { Order = LogOrder.ChildrenFirst }).Select(all.GetNode)));
                    Compare(() => $"{RefReach.Containing(few, a, [b]).Count}", () => $"{RefReach.Containing(all, left, [right]).Count}");
                    Compare(() => $"{RefReach.ContainedIn(few, a, [b]).Count}", () => $"{RefReach.ContainedIn(all, left, [right]).Count}");
                }
            }
        }

        // Neither all nor nothing is refused.
        Assert.True(answered > 2 * refused && refused > 0, $"{answered} answered, {refused} refused");

        int Whole(CommitLog few, int position) => all.TryFind(few.IdAt(position), out CommitNode node) ? node.Position : throw new InvalidOperationException("The clone has a commit that is nowhere.");

        void Compare(Func<string> ask, Func<string> expected)
        {
            string answer;
            try
            {
                answer = ask();
            }
            catch (ShallowHistoryException)
            {
                refused++;
                return;
            }

            answered++;
            Assert.Equal(expected(), answer);
        }
    }

    [Fact]
    public async Task A_walk_that_may_end_early_is_told_where_it_did()
    {
        using GitRepository git = new(seed: 11, commits: 60);
        FakeRemote remote = new(git);
        using Clone clone = await ShallowClone.CreateAsync(remote, _directory.File("shallow"), 3, null, null, TestContext.Current.CancellationToken);
        int tip = clone.History.Count - 1;
        Assert.Throws<ShallowHistoryException>(() => LogWalk.Walk(clone.History, new LogQuery([tip], [])).Count());
        Assert.Throws<ShallowHistoryException>(() => clone.History.GetParents(0));
        HashSet<int> cut = [];
        Assert.Equal(clone.History.Count, LogWalk.Walk(clone.History, new LogQuery([tip], []) { OnCut = p => cut.Add(p) }).Count());
        Assert.NotEmpty(cut);
        List<int> known = [];
        Assert.All(cut, p => Assert.InRange(clone.History.AddKnownParents(p, known), 0, clone.History.ServerPositionAt(p) - 1));
        Assert.All(Enumerable.Range(0, clone.History.Count), p => Assert.Equal(clone.History.Read(p).Parents.Count, clone.History.CountParents(p, known)));
    }

    private static string Names(IEnumerable<CommitNode> commits) => string.Join(' ', commits.Select(c => c.Id));
}
