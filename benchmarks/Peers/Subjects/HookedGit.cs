using System.Diagnostics;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>Git at its best in a tree: the watchman hook that comes with it, untracked cache, index version 4. Ends its watchman on disposal.</summary>
internal sealed class HookedGit : IAsyncDisposable
{
    private readonly TreePair _trees;
    private readonly WatchmanProcess _watchman;

    private HookedGit(TreePair trees, WatchmanProcess watchman)
    {
        _trees = trees;
        _watchman = watchman;
    }

    public static async Task<HookedGit> StartAsync(TreePair trees, CancellationToken cancellationToken)
    {
        Workbench bench = trees.Bench;
        WatchmanProcess watchman = await WatchmanProcess.StartAsync(bench.Runner, Path.Combine(trees.Folder, "watchman"), cancellationToken);
        try
        {
            string hook = Path.Combine(trees.Git, ".git", "hooks", "query-watchman");
            File.Copy(Path.Combine(trees.Git, ".git", "hooks", "fsmonitor-watchman.sample"), hook);
            foreach ((string key, string value) in ((string, string)[])[("core.fsmonitor", hook), ("core.fsmonitorHookVersion", "2"), ("feature.manyFiles", "true"), ("core.untrackedCache", "true")])
            {
                await bench.GitAsync(trees.Git, cancellationToken, "config", key, value);
            }

            // From here on git runs the hook, which without this one would start a watchman that stays.
            HookedGit hooked = new(trees, watchman);
            await bench.Runner.RunAsync(hooked.Prepare("update-index", "--index-version", "4"), inputFile: null, cancellationToken);
            return hooked;
        }
        catch
        {
            await watchman.DisposeAsync();
            throw;
        }
    }

    /// <summary>A command of git in the tree.</summary>
    public ProcessStartInfo Prepare(params IEnumerable<string> arguments) => _watchman.Ask(_trees.Bench.Runner.Prepare("git", _trees.Git, arguments));

    public ValueTask DisposeAsync() => _watchman.DisposeAsync();
}
