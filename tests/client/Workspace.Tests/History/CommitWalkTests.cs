using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Tests.History;

/// <summary>Every answer is compared with the real git's over the same generated repository.</summary>
public sealed class CommitWalkTests(ClonedRepository shared) : IClassFixture<ClonedRepository>
{
    private static readonly string[] s_tips = ["main", "feature/one", "feature/two", "release", "main~7", "release~3"];

    public static TheoryData<string, string> Pairs
    {
        get
        {
            TheoryData<string, string> pairs = [];
            foreach (string left in s_tips)
            {
                foreach (string right in s_tips)
                {
                    pairs.Add(left, right);
                }
            }

            return pairs;
        }
    }

    private CommitLog Log => shared.Clone.History;

    [Fact]
    public void Every_commit_is_here_with_its_body_and_parents()
    {
        foreach (string line in shared.Git.Lines("rev-list", "--all", "--parents"))
        {
            ObjectId[] ids = [.. line.Split(' ').Select(h => ObjectId.Parse(h))];
            Assert.True(Log.TryFind(ids[0], out CommitNode node));
            Assert.Equal(ids[1..], Log.GetParents(node.Position).Select(p => Log.GetNode(p).Id));
            Assert.Equal(ids[0], ObjectHasher.Hash(ObjectKind.Commit, Log.Read(node.Position).Body.Span));
        }

        Assert.False(Log.Contains(ObjectId.Null));
    }

    [Fact]
    public void The_log_has_gits_order()
    {
        foreach (string tip in s_tips)
        {
            Assert.Equal(shared.Git.Lines("log", "--format=%H", tip), Hex(CommitWalk.Log(Log, [Position(tip)])));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_range_has_gits_commits_in_gits_order(string left, string right)
    {
        Assert.Equal(
            shared.Git.Lines("log", "--format=%H", $"{left}..{right}"),
            Hex(CommitWalk.Log(Log, [Position(right)], [Position(left)])));
        Assert.Equal(
            shared.Git.Line("rev-list", "--left-right", "--count", $"{left}...{right}").Split('\t'),
            ((int[])[CommitWalk.CountDivergence(Log, Position(left), Position(right)).LeftOnly, CommitWalk.CountDivergence(Log, Position(left), Position(right)).RightOnly]).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Merge_bases_and_ancestry_are_gits(string left, string right)
    {
        string[] expected = shared.Git.Lines("merge-base", "--all", left, right);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Hex(CommitWalk.MergeBases(Log, Position(left), Position(right))).Order(StringComparer.Ordinal));
        bool isAncestor = expected.Contains(shared.Git.Line("rev-parse", left), StringComparer.Ordinal);
        Assert.Equal(isAncestor, CommitWalk.IsAncestor(Log, Position(left), Position(right)));
    }

    [Fact]
    public void Abbreviations_find_what_they_begin()
    {
        List<string> all = [.. shared.Git.Lines("rev-list", "--all")];
        foreach (string hex in all)
        {
            string shortest = Log.Abbreviate(ObjectId.Parse(hex), 4);
            Assert.StartsWith(shortest, hex, StringComparison.Ordinal);
            Assert.Single(all, h => h.StartsWith(shortest, StringComparison.Ordinal));
            Assert.True(HexPrefix.TryParse(hex.AsSpan(0, 4).ToString().ToUpperInvariant(), out HexPrefix prefix));
            Assert.Equal(
                all.Where(h => h.StartsWith(hex[..4], StringComparison.Ordinal)).Order(StringComparer.Ordinal),
                Log.Find(prefix).Candidates.Select(c => c.Id.ToString()));
        }
    }

    private static IEnumerable<string> Hex(IEnumerable<CommitNode> nodes) => nodes.Select(n => n.Id.ToString());

    private int Position(string revision)
    {
        Assert.True(Log.TryFind(ObjectId.Parse(shared.Git.Line("rev-parse", revision)), out CommitNode node));
        return node.Position;
    }
}
