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
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tests.Merging;
using Monorepo.Workspace.Unfinished;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Unfinished;

/// <summary>A clone of branched trees with a branch checked out, and git's own clone of the same beside it.</summary>
internal sealed class MergingClone : IDisposable
{
    public static readonly Signature Author = new("A U Thor", "author@example.com", 1_700_000_000, 60);

    private readonly TempDirectory _directory = new();
    private readonly ObjectCache _cache;

    private MergingClone(BranchedTrees trees)
    {
        Trees = trees;
        _cache = new ObjectCache(_directory.File("cache"));
        foreach (GitObject item in trees.Objects.Objects)
            Remote.Add(item.Kind, item.Body.ToArray());
        foreach (string commit in trees.Git("rev-list", "--all", "--topo-order", "--reverse").Split('\n'))
            Remote.Commits.Add(trees.Objects.Objects.Single(o => o.Id == ObjectId.Parse(commit)).Body.ToArray());
        foreach (string line in trees.Git("for-each-ref", "--format=%(objectname) %(refname)").Split('\n'))
            Remote.Refs.Refs.Add(new Ref { Name = line[41..], Target = ByteString.CopyFrom(ObjectId.Parse(line.AsSpan(0, 40)).AsSpan()) });
        Remote.Refs.DefaultBranch = "refs/heads/main";
    }

    public BranchedTrees Trees { get; }

    public FakeRemote Remote { get; } = new();

    public Clone Clone { get; private set; } = null!;

    public WorkingCopy WorkingCopy { get; private set; } = null!;

    public ObjectSource Objects { get; private set; } = null!;

    public string Top => _directory.File("copy");

    public string CacheDirectory => _directory.File("cache");

    public OperationRunner Runner => new(Clone, WorkingCopy, Objects, Author, null);

    public OperationResumption Resumption => new(Clone, WorkingCopy, Objects, Author, null);

    private string GitTop => _directory.File("git");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<MergingClone> CreateAsync(BranchedTrees trees)
    {
        MergingClone made = new(trees);
        (await Clone.CreateAsync(made.Remote, made.Top, null, Token)).Dispose();
        made.Reopen();
        RefName main = RefName.Parse("refs/heads/main");
        ObjectId tip = made.CommitOf("main");
        await made.WorkingCopy.CheckoutAsync(made.Objects, trees.TreeOf("main"), new HeadState(main, tip), force: false, null, Token);
        GitCommand.Run(made._directory.Path, "clone", "-q", "--no-checkout", trees.Path, made.GitTop);
        File.WriteAllText(Path.Combine(made.GitTop, ".git/info/attributes"), "* -text\n");
        made.Git("checkout", "-q", "main");
        foreach (string branch in trees.Git("for-each-ref", "--format=%(refname:short)", "refs/heads").Split('\n').Where(static b => b != "main"))
            made.Git("branch", "-q", branch, "origin/" + branch);
        return made;
    }

    /// <summary>As the next command finds it.</summary>
    public void Reopen()
    {
        Clone?.Dispose();
        Clone = Clone.Open(Top);
        Objects = new ObjectSource(_cache, Clone.History, Remote, local: Clone.Local);
        WorkingCopy = new WorkingCopy(Clone, "/none");
    }

    public ObjectId CommitOf(string revision) => ObjectId.Parse(Trees.Git("rev-parse", revision + "^{commit}"));

    public string Git(params string[] arguments) => Encoding.Latin1.GetString(GitCommand.Run(GitTop, Settings(arguments))).TrimEnd('\n');

    public int TryGit(params string[] arguments) => GitCommand.Try(GitTop, Settings(arguments)).Code;

    public string OurFile(string name) => Path.Combine(Top, name);

    public string GitFile(string name) => Path.Combine(GitTop, name);

    /// <summary>Writes into both working copies.</summary>
    public void Write(string name, string content)
    {
        File.WriteAllText(OurFile(name), content);
        File.WriteAllText(GitFile(name), content);
    }

    public Task<OperationResult> MergeAsync(string branch, bool allowsFastForward = true) => Runner.MergeAsync(
        new MergeRequest(CommitOf(branch), branch, Encoding.UTF8.GetBytes($"Merge branch '{branch}'\n"), allowsFastForward), Token);

    /// <summary>The letters and paths of conflicts, as git's status has them.</summary>
    public string[] GitConflicts() => [.. Git("status", "--porcelain", "-z", "--untracked-files=no").Split('\0').Where(static l => l.Length > 3 && IsConflict(l[..2]))];

    public string[] OurConflicts() => [.. (WorkingCopy.Unfinished.Load()?.Open ?? []).Select(static c => $"{c.Letters} {Encoding.Latin1.GetString(c.Path)}")];

    /// <summary>Both clones have the same files and stand at the same commit.</summary>
    public void AssertSame(string which)
    {
        string[] gits = FilesIn(GitTop);
        string[] ours = FilesIn(Top);
        Assert.True(gits.SequenceEqual(ours), $"{which}\nonly git: {string.Join(" | ", gits.Except(ours))}\nonly we: {string.Join(" | ", ours.Except(gits))}");
        Assert.True(Git("rev-parse", "HEAD") == Clone.Head.Commit.ToString(), $"{which}: git is at {Git("cat-file", "-p", "HEAD")}\nwe at {Describe()}");
    }

    public async Task AssertCleanAsync(string which)
    {
        string[] changes = [.. (await WorkingCopy.ScanAsync(includeIgnored: false, null, Token)).Entries.Select(e => $"{e.Code} {Encoding.Latin1.GetString(e.Path)}")];
        Assert.True(changes.Length == 0, $"{which}: {string.Join(", ", changes)}");
        Assert.Null(WorkingCopy.Unfinished.Load());
        Assert.False(WorkingCopy.Unfinished.IsChanging);
    }

    public void Dispose()
    {
        Clone.Dispose();
        _cache.Dispose();
        WorkingTreeRemoval.Remove(_directory.Path);
        Trees.Dispose();
    }

    // Git leaves directories that the test emptied.
    private static string[] FilesIn(string top)
    {
        List<string> all = Snapshot.Take(top);
        return [.. all.Where(line => !line.EndsWith(" 40755 ", StringComparison.Ordinal) || all.Exists(l => l.StartsWith(line[..^" 40755 ".Length] + "/", StringComparison.Ordinal)))];
    }

    private string Describe() => Clone.Head.Commit is { } commit && Clone.History.TryFind(commit, out CommitNode node)
        ? Encoding.UTF8.GetString(Clone.History.Read(node.Position).Body.Span)
        : "nothing";

    private static bool IsConflict(string letters) => letters is "DD" or "AU" or "UD" or "UA" or "DU" or "AA" or "UU";

    private static string[] Settings(string[] arguments) =>
        ["-c", "core.editor=true", "-c", "advice.detachedHead=false", .. arguments];
}
