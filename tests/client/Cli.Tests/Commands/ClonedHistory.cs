using System.Globalization;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Tests;

namespace Monorepo.Cli.Tests.Commands;

/// <summary>A history cloned without a server, for commands that need none.</summary>
public abstract class ClonedHistory : ComparedHistory
{
    private protected override async Task CloneAsync()
    {
        FakeRemote remote = new(Git, commitsOnly: true) { CommitsPerSegment = 2000 };
        (await Clone.CreateAsync(remote, CloneDirectory, null, TestContext.Current.CancellationToken)).Dispose();
        CacheTags();
    }

    // The clone knows tags' commits; the tags themselves are objects that a server would be asked for.
    private void CacheTags()
    {
        using ObjectCache cache = new(Path.Combine(CacheDirectory, "objects"));
        List<CacheEntry> entries = [];
        foreach (string line in Git.Lines("for-each-ref", "--format=%(objecttype) %(objectname)", "refs/tags").Where(l => l.StartsWith("tag ", StringComparison.Ordinal)))
        {
            ObjectId id = ObjectId.Parse(line.AsSpan("tag ".Length));
            entries.Add(new CacheEntry(id, ObjectEnvelope.Seal(ObjectKind.Tag, Git.Bytes("cat-file", "tag", id.ToString()))));
        }

        cache.Add(entries);
    }
}

/// <summary>The history of a bundle; absent where the bundle is.</summary>
public abstract class BundleHistory(string name) : ClonedHistory
{
    private protected override GitRepository CreateGit()
    {
        string? bundle = Testing.Git.RepositoryRoot.Bundle(name);
        if (bundle is null)
        {
            Assert.Skip($"The bundle '{name}' is not beside the repository.");
        }

        // Bundles have branches only: tags at every 700th commit, every other one annotated.
        GitRepository git = GitRepository.Copy(bundle);
        string[] all = git.Lines("rev-list", "--all", "--topo-order");
        for (int i = 300; i < all.Length; i += 700)
        {
            string tag = string.Create(CultureInfo.InvariantCulture, $"at-{i}");
            git.Run(i % 1400 == 300 ? ["tag", "-a", "-m", "here", tag, all[i]] : ["tag", tag, all[i]]);
        }

        return git;
    }
}

public sealed class WatchmanHistory() : BundleHistory("watchman");

public sealed class VfsForGitHistory() : BundleHistory("vfsforgit");

/// <summary>Many octopus merges, equal times, clocks that run backwards, several roots, odd messages, tags.</summary>
public sealed class TangledHistory : ClonedHistory
{
    private protected override GitRepository CreateGit()
    {
        GitRepository git = GitRepository.Copy(null, Tangle.Generate(seed: 7, commits: 600));
        git.Run("tag", "-a", "-m", "first", "v1", "main~30");
        git.Run("tag", "light", "main~10");
        git.Run("tag", "-a", "-m", "second", "v2", "main~12");
        git.Run("tag", "-a", "-m", "same place", "v2-again", "main~12");
        git.Run("tag", "-a", "-m", "a tag of a tag", "v3", "v2");
        return git;
    }
}
