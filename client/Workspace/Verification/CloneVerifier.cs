using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Verification;

/// <summary>
/// Looks at everything a clone has on disk: opens what commands open, and computes every id anew. Changes nothing in the clone and needs no
/// server. What can't be read is a damage, never an exception. Parts are checked one by one, so that one that is damaged hides no other.
/// </summary>
/// <param name="clone">Need not be one that can be opened.</param>
public sealed class CloneVerifier(ClonePaths clone)
{
    public const string Refs = "refs";
    public const string History = "history";
    public const string LocalCommits = "local commits";

    public const string Kept = "kept files";
    public const string Dirstate = "dirstate";
    public const string Offline = "offline";
    public const string Cache = "cache";

    /// <summary>Told in words; more are only counted.</summary>
    public const int DamagesMax = 20;

    private const string RefetchHistory = "Remove the folder '.mr/history' and run 'mr pull': it is fetched again, nothing of yours is in it.";
    private const string RefetchShallow = "Remove the file '.mr/shallow' and run 'mr pull': the whole history is fetched, nothing of yours is in it.";
    private const string RefetchRefs = "Remove the file '.mr/refs' and run 'mr pull'.";
    private const string LostLocal = "It is the only copy. Copy '.mr/local' away before anything else; commits that are whole can still be pushed by their ids.";
    private const string RenewDirstate = "Remove the file '.mr/dirstate' and run 'mr checkout --force HEAD': it writes every tracked file anew, so save your changes first.";

    /// <summary>Checks the history: each commit's bytes, its place in the graph, and the way from its id there.</summary>
    public PartReport CheckHistory(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        DamageList damages = new(History);
        long count = 0;
        damages.Guard(File.Exists(clone.Shallow) ? RefetchShallow : RefetchHistory, () =>
        {
            // First: a pull meanwhile makes the log longer than this.
            int announced = HistoryState.Load(new HistoryFiles(clone.History).State).Commits;
            using CommitLog log = Clone.OpenLog(clone);
            count = log.ServerCount;
            if (count < announced && !log.IsShallow)
            {
                damages.Add($"{count:N0} of {announced:N0} commits can be found; the others' places in the graph are missing.", $"Run 'mr pull': it fetches them again. If that does not help: {RefetchHistory}");
            }

            new HistoryVerifier(log, (position, message) => damages.Add($"The commit at position {position}: {message}.", log.IsShallow ? RefetchShallow : RefetchHistory)).Run(progress, cancellationToken);
        });
        return damages.ToReport(count, "commits");
    }

    /// <summary>Checks that refs and HEAD name commits that are here.</summary>
    public PartReport CheckRefs()
    {
        DamageList damages = new(Refs);
        long count = 0;
        CommitLog? log = null;
        LocalStore? local = null;
        try
        {
            // Their own damages are told elsewhere.
            new DamageList("").Guard("", () => (log, local) = (Clone.OpenLog(clone), LocalStore.Open(clone.Local)));
            damages.Guard(RefetchRefs, () =>
            {
                foreach (RefEntry entry in RefSet.Load(clone.Refs).List())
                {
                    count++;

                    // Tags may name trees and blobs. What was pushed is a local commit until the next pull.
                    if (entry.Name.IsBranch && log is not null && !log.Contains(entry.PeeledTarget) && local?.Contains(entry.PeeledTarget) != true)
                    {
                        damages.Add($"{entry.Name} names {entry.PeeledTarget}, which is not in the history.", "Run 'mr pull'; if it stays, remove '.mr/refs' and '.mr/history' and pull again.");
                    }
                }
            });
            damages.Guard("Run 'mr checkout BRANCH': it says anew what is checked out.", () => CheckHead(log, local, damages));
        }
        finally
        {
            log?.Dispose();
            local?.Dispose();
        }

        return damages.ToReport(count, "refs");
    }

    /// <summary>Checks every object of local commits, and that local refs name some.</summary>
    public PartReport CheckLocal(CancellationToken cancellationToken)
    {
        DamageList damages = new(LocalCommits);
        long count = 0;
        damages.Guard(LostLocal, () =>
        {
            using LocalStore local = LocalStore.Open(clone.Local);
            foreach (ObjectId id in local.Objects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                count++;
                damages.Guard(LostLocal, () => _ = local.TryRead(id));
            }

            if (local.HasDoubtfulEnd)
            {
                damages.Add(
                    "The last entry of the journal of local commits is not what its checksum says, and does not count.",
                    "If power was lost during 'mr commit', commit again: nothing else is missing. If not, copy '.mr/local' away first, because the next commit removes it.");
            }

            using CommitLog? log = TryOpenLog();
            HashSet<ObjectId> commits = [.. local.Commits];
            foreach ((RefName name, ObjectId target) in local.Refs)
            {
                if (!commits.Contains(target) && log is not null && !log.Contains(target) && !local.Contains(target))
                {
                    damages.Add($"{name} names {target}, which is neither a local commit nor in the history.", "Run 'mr pull' and 'mr fsck' again; if it stays, remove the branch.");
                }
            }
        });
        return damages.ToReport(count, "objects");
    }

    /// <summary>Checks every object of stashes and files that are kept for undo.</summary>
    public PartReport CheckKept(CancellationToken cancellationToken)
    {
        const string Lost = "It is the only copy: a stash, or a file that 'mr undo' would bring back. Take what is whole out with 'mr stash show -p'.";
        DamageList damages = new(Kept);
        long count = 0;
        damages.Guard(Lost, () =>
        {
            using LocalStore kept = LocalStore.Open(clone.Kept);
            foreach (ObjectId id in kept.Objects)
            {
                cancellationToken.ThrowIfCancellationRequested();
                count++;
                damages.Guard(Lost, () => _ = kept.TryRead(id));
            }
        });
        return damages.ToReport(count, "objects");
    }

    /// <summary>Checks the dirstate's checksums and order, and the journal of a checkout.</summary>
    public PartReport CheckDirstate(CancellationToken cancellationToken)
    {
        DamageList damages = new(Dirstate);
        long count = 0;
        damages.Guard(RenewDirstate, () =>
        {
            using DirstateFile? dirstate = DirstateFile.Open(clone.Dirstate);
            DirstateCursor? cursor = dirstate?.Reader.Open();
            byte[] before = [];
            while (cursor?.MoveNext() == true)
            {
                if ((++count & 0xFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                if (count > 1 && before.AsSpan().SequenceCompareTo(cursor.Path) >= 0)
                {
                    damages.Add("Its paths are not in order.", RenewDirstate);
                    break;
                }

                before = cursor.Path.ToArray();
            }
        });
        damages.Guard("Run 'mr status': it finishes the checkout.", () =>
        {
            if (File.Exists(clone.CheckoutJournal) && new FileInfo(clone.CheckoutJournal).Length > 0 && CheckoutJournal.Load(clone.CheckoutJournal) is null)
            {
                damages.Add("The journal of a checkout that was cut can't be read.", $"Remove '{clone.CheckoutJournal}' and run 'mr status': files that the checkout wrote show as changed.");
            }
        });
        return damages.ToReport(count, "files");
    }

    /// <summary>Checks every cached object.</summary>
    /// <param name="cache">The user's; it withdraws what is damaged.</param>
    /// <param name="unreadable">What it said of packs that it left out.</param>
    /// <param name="progress">Told after some objects.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static PartReport CheckCache(ObjectCache cache, IEnumerable<CacheWarning> unreadable, IProgress<long>? progress, CancellationToken cancellationToken) =>
        CheckPacks(Cache, cache, "Nothing to do: it was withdrawn and is fetched again when it is needed.", unreadable, progress, cancellationToken);

    /// <summary>Checks every object that is kept for working offline; whether all that is declared is there, <see cref="Monorepo.Workspace.Offline.OfflineVerifier"/> says.</summary>
    /// <param name="kept">The clone's; it withdraws what is damaged. Null: nothing is kept.</param>
    /// <param name="unreadable">What it said of packs that it left out.</param>
    /// <param name="progress">Told after some objects.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static PartReport CheckOffline(ObjectCache? kept, IEnumerable<CacheWarning> unreadable, IProgress<long>? progress, CancellationToken cancellationToken) => kept is null
        ? new DamageList(Offline).ToReport(0, "objects")
        : CheckPacks(Offline, kept, "Run 'mr offline update' where the server answers: it was withdrawn and is fetched again.", unreadable, progress, cancellationToken);

    private static PartReport CheckPacks(string part, ObjectCache cache, string fix, IEnumerable<CacheWarning> unreadable, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        DamageList damages = new(part);
        long count = 0;
        damages.Guard($"Remove '{cache.DirectoryPath}': all of it can be fetched again.", () =>
        {
            (count, IReadOnlyList<DamagedCacheObject> damaged) = cache.Verify(progress, cancellationToken);
            foreach (DamagedCacheObject found in damaged)
            {
                damages.Add($"Object {found.Id} in the pack {found.Pack}: {found.Damage}.", fix);
            }
        });
        foreach (CacheWarning warning in unreadable.Where(static w => w.Kind == CacheWarningKind.UnreadablePack))
        {
            damages.Add(warning.Message, $"Remove its files from '{cache.DirectoryPath}': what was in them is fetched again.");
        }

        return damages.ToReport(count, "objects");
    }

    private void CheckHead(CommitLog? log, LocalStore? local, DamageList damages)
    {
        HeadState head = HeadState.Load(clone.Head);
        if (head.Commit is { } commit && log is not null && local is not null && !log.Contains(commit) && !local.Contains(commit))
        {
            damages.Add($"HEAD names {commit}, which is not here.", "Run 'mr pull'; if it stays, run 'mr checkout BRANCH'.");
        }
    }

    private CommitLog? TryOpenLog()
    {
        try
        {
            return Clone.OpenLog(clone);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
