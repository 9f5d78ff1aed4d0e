using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;

namespace Monorepo.Workspace.Tests.History;

/// <summary>A log of which the server has only a part: with the rest as local commits it must answer as the whole does.</summary>
public sealed class LocalCommitsTests : IDisposable
{
    private const int ServerCommits = 70;

    private static readonly string[] s_tips = ["main", "feature/one", "feature/two", "release", "main~9"];

    private readonly TempDirectory _directory = new();
    private readonly GitRepository _git = new(seed: 31, commits: 110);

    public void Dispose()
    {
        _git.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_log_with_local_commits_answers_as_git_does()
    {
        using Clone clone = await CloneFirstAsync();
        CommitLog log = clone.History;
        Assert.Equal(ServerCommits, log.Count);
        log.SetLocal(Commits().Skip(ServerCommits));
        Assert.Equal(ServerCommits, log.ServerCount);
        Assert.Equal(Commits().Count, log.Count);
        foreach (string tip in s_tips)
        {
            Assert.Equal(_git.Lines("rev-list", tip), CommitWalk.Log(log, [Position(log, tip)]).Select(n => n.Id.ToString()));
            foreach (string other in s_tips)
            {
                string[] bases = [.. _git.Run("rev-list", $"{tip}...{other}", "--count", "--left-right").Trim().Split('\t')];
                Assert.Equal((bases[0], bases[1]), Counts(CommitWalk.CountDivergence(log, Position(log, tip), Position(log, other))));
                Assert.Equal(
                    _git.Run("merge-base", "--all", tip, other).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
                    CommitWalk.MergeBases(log, Position(log, tip), Position(log, other)).Select(n => n.Id.ToString()).Order(StringComparer.Ordinal));
            }
        }

        foreach (GitObject commit in Commits())
        {
            Assert.True(log.TryFind(commit.Id, out CommitNode node));
            Assert.Equal(commit.Body.ToArray(), log.Read(node.Position).Body.ToArray());
            Assert.True(HexPrefix.TryParse(log.Abbreviate(commit.Id, 4), out HexPrefix prefix));
            Assert.Equal(commit.Id, Assert.Single(log.Find(prefix).Candidates).Id);
        }
    }

    [Fact]
    public async Task What_the_server_has_is_not_taken_twice()
    {
        using Clone clone = await CloneFirstAsync();
        clone.History.SetLocal(Commits().Take(ServerCommits + 3));
        Assert.Equal(ServerCommits + 3, clone.History.Count);
        clone.History.SetLocal([]);
        Assert.Equal(ServerCommits, clone.History.Count);
    }

    [Fact]
    public async Task A_local_commit_without_its_parent_is_refused()
    {
        using Clone clone = await CloneFirstAsync();
        GitObject[] local = [.. Commits().Skip(ServerCommits)];
        Assert.Throws<CorruptHistoryException>(() => clone.History.SetLocal(local.Reverse()));
    }

    private static (string Left, string Right) Counts((int LeftOnly, int RightOnly) counts) => ($"{counts.LeftOnly}", $"{counts.RightOnly}");

    private int Position(CommitLog log, string revision)
    {
        Assert.True(log.TryFind(ObjectId.Parse(_git.Line("rev-parse", revision)), out CommitNode node));
        return node.Position;
    }

    private List<GitObject> Commits() => [.. _git.ReadAll().Where(o => o.Kind == ObjectKind.Commit).Select(o => new GitObject(o.Id, o.Kind, o.Body))];

    private async Task<Clone> CloneFirstAsync()
    {
        FakeRemote remote = new();
        remote.Commits.AddRange(Commits().Take(ServerCommits).Select(c => c.Body.ToArray()));
        return await Clone.CreateAsync(remote, _directory.File("clone"), null, TestContext.Current.CancellationToken);
    }
}
