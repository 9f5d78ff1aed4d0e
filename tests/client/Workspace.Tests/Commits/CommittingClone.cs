using System.Text;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Commits;

/// <summary>A clone with a branch checked out, and a git repository of its own over the very same files.</summary>
internal sealed class CommittingClone : IDisposable
{
    public static readonly RefName Main = RefName.Parse("refs/heads/main");

    private readonly TempDirectory _directory = new();
    private readonly RandomTrees? _trees;
    private readonly ObjectCache _cache;


    private CommittingClone(RandomTrees? trees)
    {
        _trees = trees;
        _cache = new ObjectCache(_directory.File("cache"));
        Remote.Refs.DefaultBranch = Main.Value;
        if (trees is null)
            return;
        foreach (GitObject item in trees.Objects)
            Remote.Add(item.Kind, item.Body.ToArray());
        foreach (ObjectId commit in trees.Commits)
            Remote.Commits.Add(trees.Objects.Single(o => o.Id == commit).Body.ToArray());
        Remote.Refs.Refs.Add(new Ref { Name = Main.Value, Target = ByteString.CopyFrom(trees.Commits[^1].AsSpan()) });
    }

    public FakeRemote Remote { get; } = new();

    public ObjectCache Cache => _cache;

    public Clone Clone { get; private set; } = null!;

    public WorkingCopy WorkingCopy { get; private set; } = null!;

    public ObjectSource Objects { get; private set; } = null!;

    public string Top => _directory.File("copy");

    private string GitDirectory => _directory.File("git");

    /// <param name="trees">What the server has; null: an empty repository.</param>
    public static async Task<CommittingClone> CreateAsync(RandomTrees? trees)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        CommittingClone made = new(trees);
        made.Clone = await Clone.CreateAsync(made.Remote, made.Top, null, cancellationToken);
        made.Objects = new ObjectSource(made._cache, made.Clone.History, made.Remote, local: made.Clone.Local);
        made.WorkingCopy = new WorkingCopy(made.Clone, "/none");
        Directory.CreateDirectory(made.GitDirectory);
        GitCommand.Run(made.GitDirectory, "init", "-q", "--bare", "-b", "main", ".");
        if (trees is not null)
        {
            ObjectId tip = trees.Commits[^1];
            await made.WorkingCopy.CheckoutAsync(made.Objects, trees.TreeOf(tip), new HeadState(Main, tip), force: false, null, cancellationToken);
            GitCommand.Run(made.GitDirectory, "fetch", "-q", trees.Path, "main:main");
            made.Git("read-tree", "HEAD");
        }

        File.WriteAllText(Path.Combine(made.GitDirectory, "info", "exclude"), "/.mr/\n");
        File.WriteAllText(Path.Combine(made.GitDirectory, "info", "attributes"), "* -text\n");
        return made;
    }

    /// <summary>Git over our files.</summary>
    public string Git(params string[] arguments) => Git(ReadOnlyMemory<byte>.Empty, arguments);

    public string Git(ReadOnlyMemory<byte> input, params string[] arguments) => Encoding.Latin1.GetString(
        GitCommand.Run(Top, input, ["--git-dir", GitDirectory, "--work-tree", Top, "-c", "core.bare=false", "-c", "advice.addEmbeddedRepo=false", .. arguments])).TrimEnd('\n');

    /// <summary>By the author and at the time that <see cref="GitCommand"/> gives git.</summary>
    public static CommitRequest Request(string message, IReadOnlyList<byte[]>? paths = null, bool allowEmpty = false)
    {
        Signature author = new("A U Thor", "author@example.com", 1_700_000_000, 60);
        return new CommitRequest(CommitMessage.Clean(Encoding.UTF8.GetBytes(message)), author, author, paths, allowEmpty);
    }

    public Task<CommitResult> CommitAsync(string message, IReadOnlyList<byte[]>? paths = null, bool allowEmpty = false) =>
        WorkingCopy.CommitAsync(Objects, Request(message, paths, allowEmpty), null, TestContext.Current.CancellationToken);

    public async Task<List<string>> StatusAsync() =>
        [.. (await WorkingCopy.ScanAsync(includeIgnored: false, null, TestContext.Current.CancellationToken)).Entries.Select(e => $"{e.Code} {Encoding.Latin1.GetString(e.Path)}")];

    public void Dispose()
    {
        Clone.Dispose();
        _cache.Dispose();
        WorkingTreeRemoval.Remove(_directory.Path);
        _trees?.Dispose();
    }
}

/// <summary>By rm: System.IO can't reach names that are no UTF-8.</summary>
internal static class WorkingTreeRemoval
{
    public static void Remove(string path)
    {
        using System.Diagnostics.Process remove = System.Diagnostics.Process.Start("rm", ["-rf", "--", path]);
        remove.WaitForExit();
    }
}
