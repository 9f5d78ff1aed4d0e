using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Tests;

namespace Monorepo.Cli.Tests.Commands;

/// <summary>A git repository and a clone of its commits, for commands that need no server. Shared by tests, which only read.</summary>
public abstract class ClonedHistory : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    internal GitRepository Git { get; private set; } = null!;

    internal string CloneDirectory => _directory.File("clone");

    public async ValueTask InitializeAsync()
    {
        Git = CreateGit();
        FakeRemote remote = new(Git, commitsOnly: true) { CommitsPerSegment = 2000 };
        (await Clone.CreateAsync(remote, CloneDirectory, null, TestContext.Current.CancellationToken)).Dispose();
        CacheTags();
    }

    // The clone knows tags' commits; the tags themselves are objects that a server would be asked for.
    private void CacheTags()
    {
        using ObjectCache cache = new(Path.Combine(_directory.File("cache"), "objects"));
        List<CacheEntry> entries = [];
        foreach (string line in Git.Lines("for-each-ref", "--format=%(objecttype) %(objectname)", "refs/tags").Where(l => l.StartsWith("tag ", StringComparison.Ordinal)))
        {
            ObjectId id = ObjectId.Parse(line.AsSpan("tag ".Length));
            entries.Add(new CacheEntry(id, ObjectEnvelope.Seal(ObjectKind.Tag, Git.Bytes("cat-file", "tag", id.ToString()))));
        }

        cache.Add(entries);
    }

    public ValueTask DisposeAsync()
    {
        Git?.Dispose();
        _directory.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs mr in the clone.</summary>
    internal async Task<(int Code, byte[] Output)> RunAsync(params string[] arguments)
    {
        using MemoryStream output = new();
        Surroundings surroundings = new(_directory.File("cache"), _directory.File("ignore"), CloneDirectory, ForceGrpc: true)
        {
            OpenOutput = () => new KeptOpen(output),
        };
        int code = await CommandLine.RunAsync(surroundings, arguments, TestContext.Current.CancellationToken);
        return (code, output.ToArray());
    }

    /// <summary>Fails unless mr prints what git prints.</summary>
    internal async Task SameAsync(string[] mr, string[] git)
    {
        (int code, byte[] ours) = await RunAsync(mr);
        byte[] gits = Git.Bytes(git);
        Assert.True(code == 0, $"mr {string.Join(' ', mr)} ended with {code}.");
        if (!ours.AsSpan().SequenceEqual(gits))
        {
            int at = ours.AsSpan().CommonPrefixLength(gits);
            Assert.Fail($"mr {string.Join(' ', mr)} and git {string.Join(' ', git)} part at byte {at}.\n--- mr\n{Around(ours, at)}\n--- git\n{Around(gits, at)}");
        }
    }

    private protected abstract GitRepository CreateGit();

    private static string Around(byte[] text, int at)
    {
        int start = Math.Max(0, at - 400);
        return Encoding.UTF8.GetString(text.AsSpan(start, Math.Min(text.Length - start, 700)));
    }

    private sealed class KeptOpen(MemoryStream to) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => to.Write(buffer);
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
