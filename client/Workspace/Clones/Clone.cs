using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Shallow;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// A working copy's link to its repository, and what of the repository is here: refs, history, commits made here, what is checked out.
/// Reads a moment's state; methods that change it do so on disk and in this object. Reading is thread-safe, changing is not.
/// </summary>
/// <remarks>
/// A branch is where the server has it (<see cref="Refs"/>), unless <see cref="Local"/> names another commit for it, which it does as
/// long as the branch has commits that the server's has not, or the server has no such branch. The branch that is checked out may also be
/// behind: a pull leaves HEAD where it is.
/// </remarks>
public sealed partial class Clone : IDisposable
{
    private readonly List<CommitLog> _retired = [];
    private readonly CommitLog? _kept;
    private HeadState _head;

    private Clone(ClonePaths paths, Settings settings, KeptHistory? kept = null)
    {
        Paths = paths;
        Settings = settings;
        Url = CloneConfig.UrlOf(settings);

        // Before the history: what another command drops from here meanwhile is in there then.
        Local = LocalStore.Open(paths.Local);
        _kept = kept?.Open(paths);
        History = WithLocal(_kept ?? OpenLog(paths));
        Refs = RefSet.Load(paths.Refs);
        _head = HeadState.Load(paths.Head);
    }

    public ClonePaths Paths { get; }

    public RepositoryUrl Url { get; }

    /// <summary>What is set here: the clone's file was read, others are when they are needed.</summary>
    public Settings Settings { get; }

    /// <summary>Who commits in this clone; null where no configuration says.</summary>
    public string? UserName => Settings.ValueOf(ConfigKeys.UserName);

    /// <summary>Their mail; null where no configuration says.</summary>
    public string? UserEmail => Settings.ValueOf(ConfigKeys.UserEmail);

    /// <summary>The server's commits, then the local ones: as of opening or the last pull through this object. Good until the clone is disposed.</summary>
    public CommitLog History { get; private set; }

    /// <summary>The server's refs as of the last pull or push.</summary>
    public RefSet Refs { get; private set; }

    /// <summary>Commits made here and the refs that name them.</summary>
    public LocalStore Local { get; }

    /// <summary>What is checked out: a branch with local commits stands at the last of them.</summary>
    public HeadState Head => AtTip(_head);

    /// <summary>
    /// Makes a clone in one round trip: refs and commits, no contents; nothing is checked out. An interrupted one goes on where it was cut
    /// when the same is cloned into the same directory again.
    /// </summary>
    /// <param name="remote">The repository; stays the caller's.</param>
    /// <param name="directory">Made where it is not there; otherwise empty, or an interrupted clone of the same address.</param>
    /// <param name="progress">Told after each run of commits.</param>
    /// <param name="cancellationToken">Interrupts; what came stays.</param>
    /// <param name="edges">Where this clone gets contents, in order; null: where the server says.</param>
    /// <param name="settings">What is set outside of the clone; null: nothing.</param>
    /// <exception cref="CloneException"><see cref="CloneError.NotEmpty"/>, <see cref="CloneError.Locked"/>.</exception>
    /// <exception cref="RemoteException">The server can't be reached or failed.</exception>
    /// <exception cref="CorruptHistoryException">What the server sent does not hash to what it must.</exception>
    public static async Task<Clone> CreateAsync(
        IRemoteRepository remote, string directory, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken, IReadOnlyList<Uri>? edges = null,
        SettingSources? settings = null)
    {
        ClonePaths paths = new(Path.GetFullPath(directory));
        Prepare(paths, remote.Url, edges);
        using (CloneLock.Take(paths))
        {
            HistoryHead head = await new HistoryReceiver(remote, paths.History, null, progress).ReceiveFirstAsync(cancellationToken);
            using CommitLog log = CommitLog.Open(paths.History);
            SaveRefs(paths, log, head, null);

            // An earlier try may have been one for a shallow clone.
            File.Delete(paths.Shallow);

            // HEAD last: with it the clone is whole, also after a power loss.
            new HeadState(RefName.TryParse(head.Refs?.DefaultBranch, out RefName branch) ? branch : null, null).Save(paths.Head);
        }

        return new Clone(paths, new Settings(settings ?? SettingSources.None, paths.Config));
    }

    /// <summary>The clone that a directory or file lies in.</summary>
    /// <param name="start">Where to look first; then every directory above it.</param>
    /// <param name="sources">What is set outside of the clone; null: nothing.</param>
    /// <param name="kept">A history that may be open already, and stays open; null: the clone opens its own.</param>
    /// <exception cref="CloneException">There is none, or it can't be used.</exception>
    public static Clone Open(string start, SettingSources? sources = null, KeptHistory? kept = null)
    {
        ClonePaths paths = Find(start) ?? throw new CloneException(CloneError.NotAClone, $"'{start}' is not in a clone: no '{ClonePaths.DirectoryName}' there or above.");
        WorktreeLink.Check(paths);
        Settings settings = new(sources ?? SettingSources.None, paths.Config);
        return !File.Exists(paths.Head)
            ? throw new CloneException(CloneError.Incomplete, $"The clone in '{paths.WorkingCopy}' was interrupted: clone {CloneConfig.UrlOf(settings)} into it again to continue.")
            : new Clone(paths, settings, kept);
    }

    /// <summary>The clone's names, or null outside of any.</summary>
    public static ClonePaths? Find(string start)
    {
        for (DirectoryInfo? directory = new(Path.GetFullPath(start)); directory is not null; directory = directory.Parent)
        {
            ClonePaths paths = new(directory.FullName);
            if (Directory.Exists(paths.State))
            {
                return paths;
            }
        }

        return null;
    }

    /// <summary>The blob offer of the last pull, for <see cref="RemoteOptions.KnownOffer"/>; null where it can't be read.</summary>
    public BlobOffer? ReadOffer()
    {
        try
        {
            return BlobOffer.Parser.ParseFrom(File.ReadAllBytes(Paths.Offer));
        }
        catch (Exception e) when (e is FileNotFoundException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Sees what other commands have changed. The caller holds the clone's lock, so that nothing changes from here on.</summary>
    public void Refresh()
    {
        Local.Reload();
        Refs = RefSet.Load(Paths.Refs);
        _head = HeadState.Load(Paths.Head);
        Replace(WithLocal(OpenLog(Paths)));
    }

    /// <summary>
    /// Takes the server's new commits and refs: one round trip. What is checked out stays, and so do local commits. A shallow clone takes what the refs that it
    /// follows have newly, and stays shallow (<see cref="ShallowClone"/> has more).
    /// </summary>
    /// <exception cref="CloneException"><see cref="CloneError.HistoryRebuilt"/>, <see cref="CloneError.Locked"/>.</exception>
    /// <exception cref="RemoteException">The server can't be reached or failed; complete runs that came stay.</exception>
    public async Task<PullResult> PullAsync(IRemoteRepository remote, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        if (History.IsShallow)
        {
            return await ShallowClone.PullAsync(this, remote, 0, progress, cancellationToken);
        }

        using CloneLock held = CloneLock.Take(Paths);
        int before = History.ServerCount;
        HistoryHead head = await new HistoryReceiver(remote, Paths.History, Refs, progress).ReceiveAsync(cancellationToken);
        if (before > 0 && head.Epoch != History.Epoch)
        {
            throw new CloneException(CloneError.HistoryRebuilt, $"The history of {Url} was rebuilt on the server: clone it again.");
        }

        Local.Reload();
        _head = HeadState.Load(Paths.Head);
        Replace(WithLocal(OpenLog(Paths)));
        (Refs, IReadOnlyList<RefMove> moves) = SaveRefs(Paths, History, head, Refs);
        return new PullResult(History.ServerCount - before, moves);
    }

    /// <summary>
    /// Says what is checked out from now on. The branch moves to the commit: it becomes local where the server's has not that commit, and stops
    /// being local where it has. The caller holds the clone's lock.
    /// </summary>
    public void SetHead(HeadState head)
    {
        head.Save(Paths.Head);
        _head = head;
        if (head is { Branch: { } branch, Commit: { } commit })
        {
            // One that is nowhere may have been made by another command meanwhile, and even moved on: that stays.
            bool isNowhere = !Local.Refs.ContainsKey(branch) && Refs.Find(branch) is null;
            if (isNowhere)
            {
                Local.Reload();
            }

            bool isLocal = Local.Refs.TryGetValue(branch, out ObjectId tip);
            if (isLocal ? tip != commit && !isNowhere : !ServerHas(branch, commit))
            {
                Local.SetRefs([(branch, ServerHas(branch, commit) ? null : commit)]);
            }
        }
    }

    /// <summary>Says where the server's refs are after a push; a null target: it is gone. The caller holds the clone's lock.</summary>
    public void SetServerRefs(IReadOnlyCollection<RefMove> moves)
    {
        Refs = Refs.With(moves);
        Refs.Save(Paths.Refs);
    }

    /// <summary>What a HEAD stands for now, this working copy's or another's: a branch with local commits is at the last of them.</summary>
    public HeadState AtTip(HeadState head) => head.Branch is { } branch && Local.Refs.TryGetValue(branch, out ObjectId tip) ? head with { Commit = tip } : head;

    /// <summary>All refs as people see them: local ones in the place of the server's, which then stand under <c>refs/remotes/origin/</c>.</summary>
    public RefSet VisibleRefs()
    {
        List<ChangedRef> changes = [];
        foreach ((RefName name, ObjectId target) in Local.Refs)
        {
            changes.Add(new ChangedRef(name, new RefEntry(name, target, Local.Peel(target) is var peeled && peeled != target ? peeled : null)));
            if (name.IsBranch && Refs.Find(name) is { } server)
            {
                RefName there = RefName.Parse("refs/remotes/origin/" + name.Short);
                changes.Add(new ChangedRef(there, new RefEntry(there, server.PeeledTarget, null)));
            }
        }

        return Refs.With(Refs.Offset, Refs.DefaultBranch, changes);
    }

    /// <summary>Resolves revisions against this clone as it is now.</summary>
    public RevisionResolver CreateResolver(IObjectSource objects) => new(History, Refs, Head, objects, Local.Refs);

    public void Dispose()
    {
        Close(History);
        foreach (CommitLog log in _retired)
        {
            Close(log);
        }

        Local.Dispose();
    }

    /// <summary>The server's commits that a clone has.</summary>
    /// <exception cref="CorruptHistoryException">The files contradict each other.</exception>
    internal static CommitLog OpenLog(ClonePaths paths) => ShallowFile.Load(paths.Shallow) is { } shallow ? CommitLog.Of(shallow) : CommitLog.Open(paths.History);

    private CommitLog WithLocal(CommitLog log)
    {
        try
        {
            log.SetLocal(Local.ReadCommits());
            return log;
        }
        catch
        {
            Close(log);
            throw;
        }
    }

    private void Close(CommitLog log)
    {
        if (log != _kept)
        {
            log.Dispose();
        }
    }

    private void Replace(CommitLog history)
    {
        // Whoever reads objects may still look into the old one.
        _retired.Add(History);
        History = history;
    }

    internal static void Prepare(ClonePaths paths, RepositoryUrl url, IReadOnlyList<Uri>? edges)
    {
        if (Directory.Exists(paths.WorkingCopy) && Directory.EnumerateFileSystemEntries(paths.WorkingCopy).Any())
        {
            // Without a config the first try was cut before it began, without HEAD before it ended.
            bool isOurs = Directory.Exists(paths.State)
                && Directory.EnumerateFileSystemEntries(paths.WorkingCopy).Count() == 1
                && (!File.Exists(paths.Config) || (!File.Exists(paths.Head) && CloneConfig.UrlOf(paths) == url));
            if (!isOurs)
            {
                throw new CloneException(CloneError.NotEmpty, $"'{paths.WorkingCopy}' is not empty.");
            }
        }

        Directory.CreateDirectory(paths.State);
        CloneConfig.Create(paths, url, edges);
    }

    // Refs after the commits they name; the offer is only a hint, and holds a token.
    internal static (RefSet Refs, IReadOnlyList<RefMove> Moves) SaveRefs(ClonePaths paths, CommitLog log, HistoryHead head, RefSet? known)
    {
        RefSet refs = RefMessages.Read(head, known);
        IReadOnlyList<RefMove> moves = refs.MovesSince(known ?? RefSet.Empty);
        foreach (RefMove move in moves)
        {
            // Ids were computed from what came; that it is the right history shows in the branches' tips, which name all before them.
            if (move.Name.IsBranch && move.New is { } tip && !log.Contains(tip))
            {
                throw new CorruptHistoryException($"The server's branch '{move.Name.Short}' is at {tip}, which is not among the commits it sent.");
            }
        }

        if (known is null || !refs.IsSameAs(known))
        {
            refs.Save(paths.Refs);
        }

        SaveOffer(paths, head.Blobs);
        return (refs, moves);
    }

    internal static void SaveOffer(ClonePaths paths, BlobOffer? message)
    {
        byte[] offer = (message ?? new BlobOffer()).ToByteArray();
        if (!File.Exists(paths.Offer) || !File.ReadAllBytes(paths.Offer).AsSpan().SequenceEqual(offer))
        {
            DurableFile.ReplaceSecretHint(paths.Offer, offer);
        }
    }
}
