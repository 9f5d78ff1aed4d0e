using System.Text;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Tests.Clones;

/// <summary>A history that stays open is that of the clone at each opening, whoever wrote in between.</summary>
public sealed class KeptHistoryTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeRemote _remote = CloneTests.Line(1_200);
    private readonly KeptHistory _kept = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => _directory.File("clone");

    public void Dispose()
    {
        _kept.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task It_is_opened_once_and_again_after_a_pull()
    {
        (await Clone.CreateAsync(_remote, Target, null, Token)).Dispose();
        CommitLog first = ReadAll();
        Assert.Same(first, ReadAll());

        CloneTests.AddCommits(_remote, 700);
        using (Clone other = Clone.Open(Target))
        {
            await other.PullAsync(_remote, null, Token);
        }

        CommitLog second = ReadAll();
        Assert.NotSame(first, second);
        Assert.Same(second, ReadAll());
        _kept.Dispose();
        Assert.NotSame(second, ReadAll());
    }

    [Fact]
    public async Task A_clone_that_pulls_or_looks_again_leaves_it_to_the_next()
    {
        (await Clone.CreateAsync(_remote, Target, null, Token)).Dispose();
        using (Clone clone = Clone.Open(Target, null, _kept))
        {
            CommitLog held = clone.History;
            clone.Refresh();
            Assert.NotSame(held, clone.History);
            CloneTests.AddCommits(_remote, 3);
            await clone.PullAsync(_remote, null, Token);
            Assert.Equal(1_203, clone.History.Count);
        }

        ReadAll();
    }

    [Fact]
    public async Task Another_clones_and_one_that_is_damaged_are_not_taken_for_it()
    {
        (await Clone.CreateAsync(_remote, Target, null, Token)).Dispose();
        CommitLog first = ReadAll();
        string other = _directory.File("other");
        (await Clone.CreateAsync(_remote, other, null, Token)).Dispose();
        using (Clone clone = Clone.Open(other, null, _kept))
        {
            Assert.NotSame(first, clone.History);
        }

        File.WriteAllText(new HistoryFiles(new ClonePaths(Target).History).State, "damaged");
        Assert.Throws<CorruptHistoryException>(() => Clone.Open(Target, null, _kept));
    }

    // Back and forth, over all pieces.
    private CommitLog ReadAll()
    {
        using Clone clone = Clone.Open(Target, null, _kept);
        Assert.Equal(_remote.Commits.Count, clone.History.Count);
        CommitReader reader = clone.History.OpenReader();
        for (int i = clone.History.Count - 1; i >= 0; i--)
        {
            int position = (i * 7) % clone.History.Count;
            reader.MoveTo(position);
            Assert.Equal($"{position}\n", Encoding.ASCII.GetString(reader.Message));
        }

        return clone.History;
    }
}
