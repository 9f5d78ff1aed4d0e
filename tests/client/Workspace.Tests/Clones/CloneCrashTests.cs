using Monorepo.Workspace.Clones;

namespace Monorepo.Workspace.Tests.Clones;

public sealed class CloneCrashTests
{
    private const int Commits = 3000;
    private const int Kills = 5;

    [Fact]
    public async Task A_clone_that_is_killed_again_and_again_is_right_each_time_and_gets_done()
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(90));
        using TempDirectory directory = new();
        FakeRemote whole = CloneTests.Line(Commits);
        string target = directory.File("clone");
        Random random = new(3);
        int before = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using ChildProcess process = CloneProcess.Start(target, Commits);
            for (int lines = random.Next(40); lines > 0 && await process.WaitForLineAsync(deadline.Token); lines--)
            {
            }

            process.Kill();
            int count = Verify(whole, target);
            Assert.True(count >= before, $"kill {kill}: {count} commits, {before} before");
            before = count;
        }

        using (ChildProcess process = CloneProcess.Start(target, Commits))
        {
            while (await process.WaitForLineAsync(deadline.Token))
            {
            }
        }

        Assert.Equal(Commits, Verify(whole, target));
    }

    private static int Verify(FakeRemote whole, string target)
    {
        if (!File.Exists(new ClonePaths(target).Head))
        {
            return 0;
        }

        using Clone clone = Clone.Open(target);
        for (int position = 0; position < clone.History.Count; position++)
        {
            Assert.Equal(whole.Commits[position], clone.History.Read(position).Body.ToArray());
            Assert.True(clone.History.Contains(clone.History.GetNode(position).Id));
        }

        // Refs come after the commits they name.
        Assert.All(clone.Refs.List(), r => Assert.True(clone.History.Contains(r.Target)));
        return clone.History.Count;
    }
}
