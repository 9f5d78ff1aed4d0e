using System.Globalization;
using Monorepo.Watcher;
using Monorepo.Workspace.Tests.Checkout;

namespace Monorepo.Workspace.Tests.Watching;

/// <summary>
/// Random operations on a small tree, and after each of them the watcher's status beside a scan's and git's. <c>MR_TORTURE_STEPS</c> and
/// <c>MR_TORTURE_SEED</c> make it longer and other.
/// </summary>
public sealed class TortureTests
{
    // A tree that has grown is replaced: small trees meet more in less time.
    private const int StepsPerTree = 250;
    private const int PathsMax = 400;

    [Theory]
    [InlineData(EventSourceKind.Inotify, 8000)]
    [InlineData(EventSourceKind.FileSystemWatcher, 2000)]
    public async Task The_watcher_the_scan_and_git_agree_after_each_step(EventSourceKind kind, int steps)
    {
        if (Environment.GetEnvironmentVariable("MR_TORTURE_STEPS") is { Length: > 0 } text)
            steps = int.Parse(text, CultureInfo.InvariantCulture) * steps / 10_000;
        int seed = Environment.GetEnvironmentVariable("MR_TORTURE_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : 42;
        for (int done = 0; done < steps; seed++)
        {
            // Directories whose names are no text are out of FileSystemWatcher's reach: it says so, and is not used.
            bool textNames = kind == EventSourceKind.FileSystemWatcher;
            using RandomTrees trees = new(new Random(seed), commits: 4, filesMax: 40, textNames);
            using WatchedClone clone = await WatchedClone.CreateAsync(trees, kind);
            TortureOperations operations = new(clone, seed, textNames);
            await clone.AssertSameAsync($"seed {seed} at the start");
            for (int step = 0; step < StepsPerTree && done < steps && clone.Tree.List([]).Count < PathsMax; step++, done++)
            {
                string what = await operations.StepAsync();
                await clone.AssertSameAsync($"seed {seed} step {step} ({what})");
            }
        }
    }
}
