using System.Diagnostics;
using System.Text;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Checkout;

/// <summary>A clone of random trees, and git's own working copy of the same repository beside it.</summary>
internal sealed class CheckedOutClone : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mr-checkout-").FullName;

    private CheckedOutClone(RandomTrees trees) => Trees = trees;

    public RandomTrees Trees { get; }

    public Clone Clone { get; private set; } = null!;

    public WorkingCopy WorkingCopy { get; private set; } = null!;

    public string Top => Path.Combine(_directory, "ours");

    public static async Task<CheckedOutClone> CreateAsync(RandomTrees trees)
    {
        var made = new CheckedOutClone(trees);
        var remote = new FakeRemote();
        foreach (GitObject item in trees.Objects)
            remote.Add(item.Kind, item.Body.ToArray());
        foreach (ObjectId commit in trees.Commits)
            remote.Commits.Add((await trees.ReadAsync(commit, default)).Body.ToArray());
        remote.Refs.DefaultBranch = "refs/heads/main";
        made.Clone = await Clone.CreateAsync(remote, made.Top, null, TestContext.Current.CancellationToken);
        made.WorkingCopy = new WorkingCopy(made.Clone, "/none");
        return made;
    }

    public Task<CheckoutResult> CheckoutAsync(ObjectId commit, bool force = false, IProgress<CheckoutProgress>? progress = null, IObjectSource? objects = null, CancellationToken cancellationToken = default) =>
        WorkingCopy.CheckoutAsync(objects ?? Trees, Trees.TreeOf(commit), new HeadState(null, commit), force, progress, cancellationToken);

    public List<string> Files() => Snapshot.Take(Top);

    /// <summary>What git's checkout of a commit leaves in a fresh directory.</summary>
    public List<string> FilesOfGit(ObjectId commit)
    {
        string git = Path.Combine(_directory, $"git-{commit}");
        if (!Directory.Exists(git))
        {
            Directory.CreateDirectory(git);
            GitCommand.Run(git, "init", "-q");
            GitCommand.Run(git, "fetch", "-q", Trees.Path, "main");
            GitCommand.Run(git, "checkout", "-q", "-f", commit.ToString());
        }

        return Snapshot.Take(git);
    }

    public async Task AssertCleanAsync()
    {
        StatusResult status = await WorkingCopy.ScanAsync(includeIgnored: false, null, TestContext.Current.CancellationToken);
        Assert.Empty(status.Entries.Select(e => $"{e.Code} {Encoding.Latin1.GetString(e.Path)}"));
    }

    public void Dispose()
    {
        Clone.Dispose();
        using Process remove = Process.Start("/bin/rm", ["-rf", _directory]);
        remove.WaitForExit();
    }
}
