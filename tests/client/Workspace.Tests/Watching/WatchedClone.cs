using System.Buffers;
using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Watching;
using Monorepo.Testing.Git;
using Monorepo.Watcher;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Ignore;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Status;
using Monorepo.Workspace.Watching;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Watching;

/// <summary>A clone whose working copy is watched, and in the same folder a git repository with the same commits.</summary>
internal sealed class WatchedClone : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int ScansPerRecord = 10;

    // Of .NET's FileSystemWatcher, in one clone.
    private const int EndsMax = 2;

    private readonly CheckedOutClone _clone;
    private readonly EventSourceKind _kind;
    private int _scans;
    private int _endedWatchers;

    private WatchedClone(CheckedOutClone clone, EventSourceKind kind)
    {
        _clone = clone;
        _kind = kind;
        Tree = new WorkingTree(clone.Top);
        File.WriteAllText(Path.Combine(clone.Top, ".git/objects/info/alternates"), Path.Combine(clone.Trees.Path, "objects") + "\n");
        WriteExcludes("");
        Service = Start();
    }

    public WorkingTree Tree { get; }

    public RandomTrees Trees => _clone.Trees;

    public CheckedOutClone Clone => _clone;

    public WatcherService Service { get; private set; }

    public WatcherPaths Paths => WatcherPaths.Of(_clone.Clone.Paths);

    public WatcherClient Client => new(Paths);

    public static async Task<WatchedClone> CreateAsync(RandomTrees trees, EventSourceKind kind)
    {
        WatchedClone made = new(await CheckedOutClone.CreateAsync(trees), kind);
        await made.CheckoutAsync(trees.Commits[0], force: false);
        return made;
    }

    public async Task CheckoutAsync(ObjectId commit, bool force)
    {
        CheckoutResult result = await _clone.CheckoutAsync(commit, force);
        if (result.IsDone)
            Tree.Git("reset", "-q", commit.ToString());
    }

    /// <summary>The same rules for both.</summary>
    public void WriteExcludes(string text)
    {
        string own = Path.Combine(_clone.Top, ".mr/info");
        Directory.CreateDirectory(own);
        File.WriteAllText(Path.Combine(own, "exclude"), text);
        File.WriteAllText(Path.Combine(_clone.Top, ".git/info/exclude"), "/.mr/\n" + text);
    }

    public void Restart()
    {
        Service.Dispose();
        Service = Start();
    }

    /// <summary>What the watcher says, as git prints it.</summary>
    public string Watched()
    {
        Assert.Equal(AskOutcome.Answered, Client.AskStatus("/none", Patience, out StatusAnswer? answer));
        if (_kind == EventSourceKind.FileSystemWatcher && answer!.Outcome == WatchOutcome.Unavailable && ++_endedWatchers <= EndsMax)
        {
            // .NET's may end when directories are renamed in quick succession (dotnet/runtime issue 133420). It says so, and commands look at the files; the next one knows all again.
            Restart();
            return Watched();
        }

        Assert.Equal((WatchOutcome.Done, ""), (answer!.Outcome, answer.Message));
        return Print(WatchedStatus.ToResult(answer));
    }

    /// <summary>What a scan finds; now and then one that records what it found, as a command's does.</summary>
    public async Task<string> ScannedAsync()
    {
        if (++_scans % ScansPerRecord == 0)
            return Print(await _clone.WorkingCopy.ScanAsync(includeIgnored: false, null, CancellationToken.None));
        using DirstateFile? dirstate = _clone.WorkingCopy.OpenDirstate();
        IgnorePatterns excludes = IgnorePatterns.Parse(File.ReadAllBytes(Path.Combine(_clone.Top, ".mr/info/exclude")));
        return Print(new StatusScanner(Tree.RootBytes, TimeProvider.System).Scan(new DirstateFiles(dirstate?.Reader), new StatusOptions { IgnoreFallbacks = [excludes] }, null, CancellationToken.None));
    }

    /// <summary>
    /// What git prints, but for the state directory, which rules may take back from being ignored, and for what changes inside a submodule that somebody made a
    /// repository: nobody of ours looks there. Null: it refuses, as it does where a link is on the way to a submodule.
    /// </summary>
    public string? OfGit() => GitCommand.Try(Tree.Root, "status", "--porcelain=v1", "-z", "--ignore-submodules=dirty") is not (0, var output) ? null : string.Concat(Encoding.Latin1.GetString(output)
        .Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(static line => line != "?? .mr/").Select(static line => line + "\0"));

    /// <summary>All agree.</summary>
    /// <param name="what">Was done, and by which seed.</param>
    /// <param name="withGit">False: git is not asked, for it knows nothing of what the clone tracks.</param>
    public async Task AssertSameAsync(string what, bool withGit = true)
    {
        string watched = Watched();
        Compare(await ScannedAsync(), watched, what, "scan");
        if (withGit && OfGit() is { } git)
            Compare(git, watched, what, "git");
    }

    public void Dispose()
    {
        Service.Dispose();
        Tree.Dispose();
        _clone.Dispose();
    }

    private static void Compare(string expected, string watched, string what, string peer)
    {
        if (!string.Equals(expected, watched, StringComparison.Ordinal))
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{what}:\n{peer}:\n{expected.Replace('\0', '\n')}\nwatcher:\n{watched.Replace('\0', '\n')}"));
    }

    private static string Print(StatusResult status)
    {
        ArrayBufferWriter<byte> output = new();
        PorcelainFormatter.Write(status.Entries, output, nulTerminated: true);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private WatcherService Start() => WatcherService.TryStart(Paths, new WatcherOptions { Version = "test", Source = _kind }) ?? throw new InvalidOperationException("The lock is held.");
}
