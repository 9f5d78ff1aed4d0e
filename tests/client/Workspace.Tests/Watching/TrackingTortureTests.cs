using System.Text;
using Monorepo.Watcher;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Workspace.Tests.Watching;

/// <summary>
/// Files are added and removed while a tree changes in all the ways of <see cref="TortureOperations"/>: what the watcher keeps ready stays what a scan finds.
/// </summary>
public sealed class TrackingTortureTests
{
    private const int StepsPerTree = 250;
    private const int PathsMax = 400;

    [Theory]
    [InlineData(EventSourceKind.Inotify, 7, 3000)]
    [InlineData(EventSourceKind.FileSystemWatcher, 8, 500)]
    public async Task The_watcher_and_the_scan_agree_after_each_step(EventSourceKind kind, int seed, int steps)
    {
        for (int done = 0; done < steps; seed++)
        {
            using RandomTrees trees = new(new Random(seed), commits: 4, filesMax: 40, textNames: true);
            using WatchedClone clone = await WatchedClone.CreateAsync(trees, kind);
            TortureOperations operations = new(clone, seed, textNames: true);
            Random random = new(seed);
            for (int step = 0; step < StepsPerTree && done < steps && clone.Tree.List([]).Count < PathsMax; step++, done++)
            {
                string what = random.Next(3) == 0 ? await TrackAsync(clone, random) : await operations.StepAsync();
                await clone.AssertSameAsync($"seed {seed} step {step} ({what})", withGit: false);
            }
        }
    }

    private static async Task<string> TrackAsync(WatchedClone clone, Random random)
    {
        List<byte[]> paths = clone.Tree.List([]);
        if (paths.Count == 0)
        {
            return "nothing to track";
        }

        byte[] path = paths[random.Next(paths.Count)];
        CheckedOutClone ours = clone.Clone;
        switch (random.Next(4))
        {
            case 0 or 1:
                AddResult added = await new FileAdder(ours.Clone, ours.WorkingCopy).AddAsync(clone.Trees, [path], force: random.Next(4) == 0, dryRun: false, TestContext.Current.CancellationToken);
                return $"add {Encoding.UTF8.GetString(path)} {added.Outcome}";
            case 2:
                RemoveResult removed = await new FileRemover(ours.WorkingCopy).RemoveAsync(
                    clone.Trees, [path], new RemoveOptions(Recursive: true, Cached: random.Next(2) == 0, Force: random.Next(2) == 0, DryRun: false), TestContext.Current.CancellationToken);
                return $"rm {Encoding.UTF8.GetString(path)} {removed.Outcome}";
            default:
                RestoreResult restored = await new FileRestorer(ours.WorkingCopy).RestoreAsync(clone.Trees, null, [path], null, TestContext.Current.CancellationToken);
                return $"restore {Encoding.UTF8.GetString(path)} {restored.FilesWritten}";
        }
    }
}
