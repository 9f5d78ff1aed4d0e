using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tests.Remote;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Sparse;

/// <summary>A repository of given files, the server's own services before it, and a clone with nothing checked out yet.</summary>
internal sealed class SparseClone : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private KestrelServer _server = null!;
    private RemoteRepository _remote = null!;
    private ObjectCache _cache = null!;

    private SparseClone(GitRepository git) => Git = git;

    public GitRepository Git { get; }

    public Clone Clone { get; private set; } = null!;

    public ObjectSource Objects { get; private set; } = null!;

    public WorkingCopy WorkingCopy { get; private set; } = null!;

    public string Top => _directory.File("copy");

    /// <summary>From the first to the last.</summary>
    public IReadOnlyList<ObjectId> Commits { get; private set; } = [];

    /// <param name="commits">The files of each, one after the other: <c>PATH=CONTENT</c>.</param>
    public static async Task<SparseClone> CreateAsync(params string[][] commits)
    {
        StringBuilder stream = new();
        foreach ((int number, string[] files) in commits.Index())
        {
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/main\ncommitter A <a@x> {1_600_000_000 + number} +0000\ndata 0\ndeleteall\n");
            foreach (string[] file in files.Select(f => f.Split('=', 2)))
            {
                stream.Append(CultureInfo.InvariantCulture, $"M 100644 inline {file[0]}\ndata {Encoding.UTF8.GetByteCount(file[1])}\n{file[1]}\n");
            }
        }

        SparseClone made = new(GitRepository.Copy(null, stream.ToString()));
        made._server = await KestrelServer.StartAsync(made.Git);
        made.Commits = [.. made.Git.Lines("rev-list", "--reverse", "main").Select(c => ObjectId.Parse(c))];
        made._remote = new RemoteRepository(made._server.Url);
        made._cache = new ObjectCache(made._directory.File("cache"));
        made.Clone = await Clone.CreateAsync(made._remote, made.Top, null, TestContext.Current.CancellationToken);
        made.Open();
        return made;
    }

    /// <summary>As the next command sees it.</summary>
    public WorkingCopy Reopen(Func<IWorkingFiles, IWorkingFiles>? interpose = null)
    {
        Clone.Dispose();
        Clone = Clone.Open(Top);
        Open(interpose);
        return WorkingCopy;
    }

    public ObjectId TreeOf(int commit) => ObjectId.Parse(Git.Line("rev-parse", Commits[commit] + "^{tree}"));

    public Task<CheckoutResult> CheckoutAsync(int commit, bool force = false) => WorkingCopy.CheckoutAsync(
        Objects, TreeOf(commit), new HeadState(CommittingClone.Main, Commits[commit]), force, null, TestContext.Current.CancellationToken);

    public Task<ExactResult> CheckoutExactAsync(int commit, bool removeIgnored = false) => WorkingCopy.CheckoutExactAsync(
        Objects, TreeOf(commit), new HeadState(CommittingClone.Main, Commits[commit]), removeIgnored, null, TestContext.Current.CancellationToken);

    public Task<CheckoutResult> ChangeAsync(Func<SparseSettings, SparseSettings> change, bool force = false) =>
        WorkingCopy.ChangeSparseAsync(Objects, change, force, null, TestContext.Current.CancellationToken);

    public Task<CheckoutResult> EnableAsync(params string[] profiles) => ChangeAsync(s => s.Enable(profiles));

    public Task<CommitResult> CommitAsync(params string[] paths) => WorkingCopy.CommitAsync(
        Objects, CommittingClone.Request("commit", paths.Length == 0 ? null : [.. paths.Select(Encoding.UTF8.GetBytes)]), null, TestContext.Current.CancellationToken);

    public async Task<List<string>> StatusAsync() =>
        [.. (await WorkingCopy.ScanAsync(includeIgnored: false, null, TestContext.Current.CancellationToken)).Entries.Select(e => $"{e.Code} {Encoding.UTF8.GetString(e.Path)}")];

    /// <summary>Paths of the files on disk.</summary>
    public List<string> Files() => FilesIn(Top);

    public static List<string> FilesIn(string top) =>
        [.. Directory.EnumerateFiles(top, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(top, f))
            .Where(f => !f.StartsWith(".mr/", StringComparison.Ordinal) && !f.StartsWith(".git/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Paths that a commit has and rules include.</summary>
    public List<string> FilesOf(int commit, SparseRules rules) =>
        [.. Git.Lines("ls-tree", "-r", "--name-only", Commits[commit].ToString()).Where(p => rules.Includes(Encoding.UTF8.GetBytes(p))).Order(StringComparer.Ordinal)];

    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Top, path))!);
        File.WriteAllText(Path.Combine(Top, path), content);
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Top, path));

    /// <summary>Whether the object of a path in a commit was fetched.</summary>
    public bool IsFetched(int commit, string path) => _cache.Contains(ObjectId.Parse(Git.Line("rev-parse", $"{Commits[commit]}:{path}")));

    /// <summary>Round trips for trees and contents so far.</summary>
    public long RoundTrips => _remote.Stats.Snapshot().RoundTrips;

    /// <summary>What git's sparse checkout of directories leaves, and what its status says then.</summary>
    public (List<string> Files, string Status) GitSparse(int commit, params string[] directories)
    {
        string git = _directory.File($"git-{Guid.NewGuid():n}");
        GitCommand.Run(Git.Path, "clone", "-q", "--no-checkout", "--shared", Git.Path, git);
        GitCommand.Run(git, ["sparse-checkout", "set", "--no-cone", .. directories.Select(d => $"/{d}/")]);
        GitCommand.Run(git, "checkout", "-q", "--detach", Commits[commit].ToString());
        return (FilesIn(git), Encoding.UTF8.GetString(GitCommand.Run(git, "status", "--porcelain")));
    }

    public async ValueTask DisposeAsync()
    {
        Clone.Dispose();
        _cache.Dispose();
        await _remote.DisposeAsync();
        await _server.DisposeAsync();
        Git.Dispose();
        _directory.Dispose();
    }

    private void Open(Func<IWorkingFiles, IWorkingFiles>? interpose = null)
    {
        Objects = new ObjectSource(_cache, Clone.History, _remote, local: Clone.Local);
        WorkingCopy = new WorkingCopy(Clone, "/none") { Interpose = interpose ?? (static files => files) };
    }
}
