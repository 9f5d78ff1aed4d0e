using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Pushing;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Pushing;

/// <summary>Somebody with a clone of a server's repository, its main branch checked out, and a cache of their own.</summary>
internal sealed class Developer : IAsyncDisposable
{
    public static readonly RefName Main = RefName.Parse("refs/heads/main");

    private readonly TempDirectory _directory = new();
    private readonly RemoteRepository _remote;
    private readonly ObjectCache _cache;
    private readonly string _name;
    private int _seconds;

    private Developer(RepositoryUrl url, string name)
    {
        _name = name;
        _remote = new RemoteRepository(url);
        _cache = new ObjectCache(_directory.File("cache"));
    }

    public Clone Clone { get; private set; } = null!;

    public WorkingCopy WorkingCopy { get; private set; } = null!;

    public FetchStats Stats => _remote.Stats;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ObjectSource Objects => new(_cache, Clone.History, _remote, local: Clone.Local);

    public static async Task<Developer> StartAsync(RepositoryUrl url, string name)
    {
        Developer developer = new(url, name);
        developer.Clone = await Clone.CreateAsync(developer._remote, developer._directory.File("copy"), null, Token);
        developer.WorkingCopy = new WorkingCopy(developer.Clone, "/none");
        ObjectId tip = developer.Clone.Refs.Find(Main)!.Value.Target;
        Assert.True(developer.Clone.History.TryFind(tip, out CommitNode node));
        await developer.WorkingCopy.CheckoutAsync(developer.Objects, node.Tree, new HeadState(Main, tip), force: false, null, Token);
        return developer;
    }

    public string File(string name) => _directory.File(Path.Combine("copy", name));

    public void Write(string file, string text) => System.IO.File.WriteAllText(File(file), text);

    /// <summary>Changes a file and commits it.</summary>
    public async Task<ObjectId> CommitAsync(string file, string text)
    {
        Write(file, text);
        Signature who = new(_name, $"{_name}@example.com", 1_700_000_000 + _seconds++, 60);
        CommitRequest request = new(CommitMessage.Clean(System.Text.Encoding.UTF8.GetBytes($"{file}: {text}")), who, who, [System.Text.Encoding.UTF8.GetBytes(file)], AllowEmpty: false);
        CommitResult result = await WorkingCopy.CommitAsync(Objects, request, null, Token);
        Assert.Equal(CommitOutcome.Done, result.Outcome);
        return result.Id;
    }

    public async Task<RefPushResult> PushAsync(PushRebase rebase = PushRebase.Always, bool dryRun = false)
    {
        RefPush push = new(Main, "main", Clone.Refs.Find(Main)?.Target, Clone.Head.Commit, Force: false);
        return Assert.Single(await new Pusher(Clone, _remote).PushAsync([push], rebase, dryRun, null, Token));
    }

    /// <summary>As <c>mr pull</c> does.</summary>
    public async Task<CheckoutResult?> PullAsync()
    {
        await Clone.PullAsync(_remote, null, Token);
        return await FollowAsync(await LandedSearch.FindAsync(Clone, Objects, Token));
    }

    /// <summary>As <c>mr push</c> does after a rebase by the server.</summary>
    public async Task<CheckoutResult?> TakeAsync(RefPushResult result)
    {
        await Clone.PullAsync(_remote, null, Token);
        return await FollowAsync([new LandedBranch(Main, result.Push.New!.Value, result.Target!.Value, [.. result.Rebased.Select(r => r.Old)])]);
    }

    public async Task<bool> IsCleanAsync() => (await WorkingCopy.ScanAsync(includeIgnored: false, null, Token)).IsClean;

    public async ValueTask DisposeAsync()
    {
        Clone.Dispose();
        _cache.Dispose();
        await _remote.DisposeAsync();
        _directory.Dispose();
    }

    private Task<CheckoutResult?> FollowAsync(IReadOnlyList<LandedBranch> landed) => new Landing(Clone, WorkingCopy, Objects, _cache).FollowAsync(landed, null, Token);
}
