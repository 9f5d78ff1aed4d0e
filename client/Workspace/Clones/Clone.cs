using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// A working copy's link to its repository, and what of the repository is here: refs, history, what is checked out. Reads a moment's state;
/// <see cref="PullAsync"/> and <see cref="SetHead"/> change it on disk and in this object. Reading is thread-safe, changing is not.
/// </summary>
public sealed class Clone : IDisposable
{
    private Clone(ClonePaths paths, RepositoryUrl url)
    {
        Paths = paths;
        Url = url;
        History = CommitLog.Open(paths.History);
        Refs = RefSet.Load(paths.Refs);
        Head = HeadState.Load(paths.Head);
    }

    public ClonePaths Paths { get; }

    public RepositoryUrl Url { get; }

    /// <summary>As of opening or the last pull through this object, which disposes the one before.</summary>
    public CommitLog History { get; private set; }

    public RefSet Refs { get; private set; }

    public HeadState Head { get; private set; }

    /// <summary>
    /// Makes a clone in one round trip: refs and commits, no contents; nothing is checked out. An interrupted one goes on where it was cut
    /// when the same is cloned into the same directory again.
    /// </summary>
    /// <param name="remote">The repository; stays the caller's.</param>
    /// <param name="directory">Made where it is not there; otherwise empty, or an interrupted clone of the same address.</param>
    /// <param name="progress">Told after each run of commits.</param>
    /// <param name="cancellationToken">Interrupts; what came stays.</param>
    /// <exception cref="CloneException"><see cref="CloneError.NotEmpty"/>, <see cref="CloneError.Locked"/>.</exception>
    /// <exception cref="RemoteException">The server can't be reached or failed.</exception>
    /// <exception cref="CorruptHistoryException">What the server sent does not hash to what it must.</exception>
    public static async Task<Clone> CreateAsync(IRemoteRepository remote, string directory, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        ClonePaths paths = new(Path.GetFullPath(directory));
        Prepare(paths, remote.Url);
        using (CloneLock.Take(paths))
        {
            HistoryReceiver receiver = new(remote, paths.History, null, progress);
            HistoryHead head = await receiver.ReceiveAsync(cancellationToken);
            if (head.Epoch != HistoryState.Load(new HistoryFiles(paths.History).State).Epoch && head.Length > 0)
            {
                // The server's history was rebuilt since the interruption: what is here is of no use.
                Directory.Delete(paths.History, recursive: true);
                head = await receiver.ReceiveAsync(cancellationToken);
            }

            using CommitLog log = CommitLog.Open(paths.History);
            SaveRefs(paths, log, head, null);

            // HEAD last: with it the clone is whole, also after a power loss.
            new HeadState(RefName.TryParse(head.Refs?.DefaultBranch, out RefName branch) ? branch : null, null).Save(paths.Head);
        }

        return new Clone(paths, remote.Url);
    }

    /// <summary>The clone that a directory or file lies in.</summary>
    /// <param name="start">Where to look first; then every directory above it.</param>
    /// <exception cref="CloneException">There is none, or it can't be used.</exception>
    public static Clone Open(string start)
    {
        ClonePaths paths = Find(start) ?? throw new CloneException(CloneError.NotAClone, $"'{start}' is not in a clone: no '{ClonePaths.DirectoryName}' there or above.");
        CloneConfig config = CloneConfig.Load(paths.Config);
        return !File.Exists(paths.Head)
            ? throw new CloneException(CloneError.Incomplete, $"The clone in '{paths.WorkingCopy}' was interrupted: clone {config.Url} into it again to continue.")
            : new Clone(paths, RepositoryUrl.Parse(config.Url));
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

    /// <summary>Takes the server's new commits and refs: one round trip. What is checked out stays.</summary>
    /// <exception cref="CloneException"><see cref="CloneError.HistoryRebuilt"/>, <see cref="CloneError.Locked"/>.</exception>
    /// <exception cref="RemoteException">The server can't be reached or failed; complete runs that came stay.</exception>
    public async Task<PullResult> PullAsync(IRemoteRepository remote, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(Paths);
        int before = History.ServerCount;
        HistoryHead head = await new HistoryReceiver(remote, Paths.History, Refs, progress).ReceiveAsync(cancellationToken);
        if (before > 0 && head.Epoch != History.Epoch)
        {
            throw new CloneException(CloneError.HistoryRebuilt, $"The history of {Url} was rebuilt on the server: clone it again.");
        }

        CommitLog oldHistory = History;
        History = CommitLog.Open(Paths.History);
        oldHistory.Dispose();
        (Refs, IReadOnlyList<RefMove> moves) = SaveRefs(Paths, History, head, Refs);
        return new PullResult(History.ServerCount - before, moves);
    }

    /// <summary>Says what is checked out from now on. The caller holds the clone's lock.</summary>
    public void SetHead(HeadState head)
    {
        head.Save(Paths.Head);
        Head = head;
    }

    /// <summary>Resolves revisions against this clone as it is now.</summary>
    public RevisionResolver CreateResolver(IObjectSource objects) => new(History, Refs, Head, objects);

    public void Dispose() => History.Dispose();

    private static void Prepare(ClonePaths paths, RepositoryUrl url)
    {
        if (Directory.Exists(paths.WorkingCopy) && Directory.EnumerateFileSystemEntries(paths.WorkingCopy).Any())
        {
            // Without a config the first try was cut before it began, without HEAD before it ended.
            bool isOurs = Directory.Exists(paths.State)
                && Directory.EnumerateFileSystemEntries(paths.WorkingCopy).Count() == 1
                && (!File.Exists(paths.Config) || (!File.Exists(paths.Head) && CloneConfig.Load(paths.Config).Url == url.ToString()));
            if (!isOurs)
            {
                throw new CloneException(CloneError.NotEmpty, $"'{paths.WorkingCopy}' is not empty.");
            }
        }

        Directory.CreateDirectory(paths.State);
        new CloneConfig(CloneConfig.VersionNow, url.ToString()).Save(paths.Config);
    }

    // Refs after the commits they name; the offer is only a hint, and holds a token.
    private static (RefSet Refs, IReadOnlyList<RefMove> Moves) SaveRefs(ClonePaths paths, CommitLog log, HistoryHead head, RefSet? known)
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

        byte[] offer = (head.Blobs ?? new BlobOffer()).ToByteArray();
        if (!File.Exists(paths.Offer) || !File.ReadAllBytes(paths.Offer).AsSpan().SequenceEqual(offer))
        {
            DurableFile.ReplaceSecretHint(paths.Offer, offer);
        }

        return (refs, moves);
    }
}
