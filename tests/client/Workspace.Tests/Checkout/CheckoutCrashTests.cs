using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Tests.Files;
using Monorepo.Workspace.WorkingCopies;
using FileMode = Monorepo.Core.FileMode;

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
    [InlineData("", true)]
    [InlineData("cont", true)]
    [InlineData("contents", true)]
    [InlineData("contents!", false)]
    [InlineData("mine", false)]
    public async Task After_a_cut_a_beginning_of_the_content_is_completed_and_anything_else_is_the_users(string held, bool isOurs)
    {
        using var trees = new RandomTrees(new Random(9), commits: 1, filesMax: 2);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        var builder = new TreeBuilder();
        builder.Add(FileMode.Regular, "file"u8, trees.Add(ObjectKind.Blob, "contents"u8.ToArray()).Id);
        ObjectId tree = trees.Add(ObjectKind.Tree, builder.Build()).Id;
        string file = Path.Combine(clone.Top, "file");
        new CheckoutJournal(tree, new HeadState(null, trees.Commits[0]), false, [new CheckoutSource(ObjectId.Null, ObjectId.Null)]).Save(Path.Combine(clone.Top, ".mr/checkout.journal"));
        File.WriteAllText(file, held);

        CheckoutResult? result = await clone.WorkingCopy.FinishInterruptedAsync(trees, null, TestContext.Current.CancellationToken);
        Assert.Equal(isOurs ? [] : [CheckoutConflictReason.Untracked], result!.Conflicts.Select(c => c.Reason));
        Assert.Equal(isOurs ? "contents" : held, File.ReadAllText(file));
    }

    [Fact]
    public async Task Without_a_cut_the_beginning_of_a_content_is_the_users()
    {
        using var trees = new RandomTrees(new Random(9), commits: 1, filesMax: 30);
        using CheckedOutClone clone = await CheckedOutClone.CreateAsync(trees);
        await clone.CheckoutAsync(trees.Commits[0]);
        string file = Directory.EnumerateFiles(clone.Top, "*", SearchOption.AllDirectories).First(f => !f.Contains("/.mr/", StringComparison.Ordinal) && new FileInfo(f) is { Length: > 0, LinkTarget: null });
        File.WriteAllText(file, "");
        File.Delete(Path.Combine(clone.Top, ".mr/dirstate"));
        CheckoutResult result = await clone.CheckoutAsync(trees.Commits[0]);
        Assert.Equal([CheckoutConflictReason.Untracked], result.Conflicts.Select(c => c.Reason));
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
