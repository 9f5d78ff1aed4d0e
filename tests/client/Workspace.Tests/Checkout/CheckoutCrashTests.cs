using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Tests.Files;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Checkout;

public sealed class CheckoutCrashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(90)]
    public async Task A_killed_checkout_is_finished_by_the_next_command(int filesBeforeKill)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var trees = new RandomTrees(new Random(filesBeforeKill), commits: 3, filesMax: 400);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        await clone.CheckoutAsync(trees.Commits[0]);
        using (ChildProcess process = CheckoutProcess.Start(clone.Top, trees.Path, trees.Commits[2]))
        {
            for (int i = 0; i < filesBeforeKill; i++)
                Assert.True(await process.WaitForLineAsync(deadline.Token));
            process.Kill();
        }

        CheckoutJournal? cut = clone.WorkingCopy.Interrupted;
        CheckoutResult? result = await clone.WorkingCopy.FinishInterruptedAsync(trees, null, deadline.Token);
        if (cut is not null)
            Assert.True(result!.IsDone);
        Assert.Null(clone.WorkingCopy.Interrupted);
        Assert.Equal(clone.FilesOfGit(trees.Commits[2]), clone.Files());
        await clone.AssertCleanAsync();
    }

    [Fact]
    public async Task Another_commit_can_be_checked_out_after_a_checkout_that_can_not_be_finished()
    {
        using var trees = new RandomTrees(new Random(5), commits: 3, filesMax: 60);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        await clone.CheckoutAsync(trees.Commits[0]);
        List<GitObject> taken = [.. trees.Objects.Where(o => o.Kind == ObjectKind.Blob)];
        GitObject lost = taken.First(o => IsOnlyIn(trees, o.Id, trees.Commits[1]));
        trees.Remove(lost.Id);
        await Assert.ThrowsAsync<ObjectsMissingException>(() => clone.CheckoutAsync(trees.Commits[1]));
        Assert.NotNull(clone.WorkingCopy.Interrupted);
        CheckoutResult result = await clone.CheckoutAsync(trees.Commits[2]);
        Assert.True(result.IsDone);
        Assert.Null(clone.WorkingCopy.Interrupted);
        Assert.Equal(clone.FilesOfGit(trees.Commits[2]), clone.Files());
        await clone.AssertCleanAsync();
    }

    [Theory]
    [InlineData(Errno.NoSpace)]
    [InlineData(Errno.InputOutput)]
    public async Task A_disk_that_fails_at_any_step_costs_nothing_but_another_run(Errno errno)
    {
        using var trees = new RandomTrees(new Random(6), commits: 2, filesMax: 25);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        int faults = 0;
        for (int steps = 0; ; steps += 7)
        {
            ObjectId target = trees.Commits[faults % 2];
            var failing = new WorkingCopy(clone.Clone, "/none") { Interpose = files => new FaultyFiles(files, steps, errno) };
            try
            {
                await failing.CheckoutAsync(trees, trees.TreeOf(target), new HeadState(null, target), force: false, null, TestContext.Current.CancellationToken);
                break;
            }
            catch (PosixException fault)
            {
                Assert.Equal(errno, fault.Errno);
                faults++;
            }

            CheckoutResult? result = await clone.WorkingCopy.FinishInterruptedAsync(trees, null, TestContext.Current.CancellationToken);
            Assert.True(result!.IsDone);
            Assert.Equal(clone.FilesOfGit(target), clone.Files());
            await clone.AssertCleanAsync();
        }

        Assert.True(faults > 4);
    }

    private static bool IsOnlyIn(RandomTrees trees, ObjectId blob, ObjectId commit)
    {
        bool Has(ObjectId c) => System.Text.Encoding.Latin1.GetString(Testing.Git.GitCommand.Run(trees.Path, "ls-tree", "-r", c.ToString())).Contains(blob.ToString(), StringComparison.Ordinal);
        return trees.Commits.All(c => Has(c) == (c == commit));
    }
}
