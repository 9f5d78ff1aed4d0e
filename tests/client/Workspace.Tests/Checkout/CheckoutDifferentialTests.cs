using Monorepo.Core;
using Monorepo.Workspace.Checkout;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>Any pair of random trees: after moving from one to the other the files are git's, byte and mode.</summary>
public sealed class CheckoutDifferentialTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Moving_between_random_trees_gives_gits_files(int seed)
    {
        var random = new Random(seed);
        using var trees = new RandomTrees(random, commits: 6, filesMax: 40);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        for (int round = 0; round < 14; round++)
        {
            ObjectId commit = trees.Commits[random.Next(trees.Commits.Count)];
            CheckoutResult result = await clone.CheckoutAsync(commit);
            Assert.True(result.IsDone, $"seed {seed} round {round}: {string.Join(", ", result.Conflicts.Select(c => c.Reason))}");
            Assert.Equal(clone.FilesOfGit(commit), clone.Files());
            Assert.Equal(commit, clone.Clone.Head.Commit);
            await clone.AssertCleanAsync();
        }
    }

    [Fact]
    public async Task Files_that_do_not_differ_are_not_touched()
    {
        using var trees = new RandomTrees(new Random(7), commits: 2, filesMax: 30);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        await clone.CheckoutAsync(trees.Commits[0]);
        CheckoutResult again = await clone.CheckoutAsync(trees.Commits[0]);
        Assert.Equal(0, again.FilesWritten + again.FilesRemoved);
        Assert.Equal(0, again.BytesWritten);
    }

    [Fact]
    public async Task Progress_ends_at_the_total()
    {
        using var trees = new RandomTrees(new Random(8), commits: 1, filesMax: 60);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        var last = new LastProgress();
        CheckoutResult result = await clone.CheckoutAsync(trees.Commits[0], progress: last);
        Assert.Equal(last.Highest.FilesTotal, last.Highest.FilesDone);
        Assert.Equal(result.BytesWritten, last.Highest.BytesWritten);
        Assert.Equal(result.FilesWritten, last.Highest.FilesTotal);
    }

    private sealed class LastProgress : IProgress<CheckoutProgress>
    {
        private readonly Lock _lock = new();

        public CheckoutProgress Highest { get; private set; }

        public void Report(CheckoutProgress value)
        {
            lock (_lock)
            {
                if (value.FilesDone > Highest.FilesDone)
                    Highest = value with { BytesWritten = Math.Max(value.BytesWritten, Highest.BytesWritten) };
                else
                    Highest = Highest with { BytesWritten = Math.Max(value.BytesWritten, Highest.BytesWritten) };
            }
        }
    }
}
