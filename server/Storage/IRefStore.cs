using Monorepo.Core;

namespace Monorepo.Storage;

/// <summary>A ref and what it names.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Target">A commit, or for annotated tags the tag object.</param>
/// <param name="Peeled">For annotated tags the object the tag names in the end; null otherwise.</param>
public readonly record struct StoredRef(RefName Name, ObjectId Target, ObjectId? Peeled);

/// <summary>All refs at one moment.</summary>
/// <param name="Offset">Of the ref-update log; 0 before the first update.</param>
/// <param name="DefaultBranch">What HEAD names; null until it is set. The branch need not exist.</param>
/// <param name="Refs">Sorted by name.</param>
public sealed record RefSnapshot(long Offset, RefName? DefaultBranch, IReadOnlyList<StoredRef> Refs);

/// <summary>One change of a ref.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Expected">The target it must have now; null: it must not exist.</param>
/// <param name="Target">The new target; null deletes.</param>
/// <param name="Peeled">As in <see cref="StoredRef"/>.</param>
public readonly record struct RefChange(RefName Name, ObjectId? Expected, ObjectId? Target, ObjectId? Peeled = null);

/// <summary>All changes of one atomic update, as it stands in the ref-update log.</summary>
/// <param name="Offset">1 for the first update of the repository, then without gaps.</param>
/// <param name="UnixMilliseconds">When the server accepted it.</param>
/// <param name="Changes">In the order given.</param>
public sealed record RefUpdate(long Offset, long UnixMilliseconds, IReadOnlyList<RefChange> Changes);

/// <summary>A part of the ref-update log.</summary>
/// <param name="EarliestOffset">The oldest update that is kept; one past the newest where there is none.</param>
/// <param name="LatestOffset">The newest update; 0 before the first.</param>
/// <param name="Updates">Without gaps.</param>
public sealed record RefLogPage(long EarliestOffset, long LatestOffset, IReadOnlyList<RefUpdate> Updates)
{
    /// <summary>Whether updates after this offset were dropped.</summary>
    public bool IsLost(long afterOffset) => afterOffset < EarliestOffset - 1;
}

/// <summary>One atomic update among several.</summary>
/// <param name="Changes">May be empty when only the default branch is set.</param>
/// <param name="DefaultBranch">Set together with the changes; null leaves it.</param>
public readonly record struct RefUpdateRequest(IReadOnlyList<RefChange> Changes, RefName? DefaultBranch = null);

/// <summary>What became of an update.</summary>
/// <param name="Offset">The update's offset in the ref-update log; the current offset where it was refused or had nothing to do.</param>
/// <param name="Conflict">The first ref whose target was not the expected one; null where all were changed.</param>
public readonly record struct RefUpdateResult(long Offset, RefName? Conflict)
{
    public bool IsAccepted => Conflict is null;
}

/// <summary>The repository's refs: compare-and-swap over any number of them, and a log of every change.</summary>
public interface IRefStore
{
    /// <summary>Changes one update may hold.</summary>
    const int ChangesMax = 1_000_000;

    /// <summary>Updates one call of <see cref="UpdateManyAsync"/> may hold.</summary>
    const int UpdatesMax = 1_024;

    ValueTask<RefSnapshot> ReadAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, with those refs only that are named and exist: what it costs depends on the names asked and not on the refs there are.</summary>
    ValueTask<RefSnapshot> FindAsync(IReadOnlyList<RefName> names, CancellationToken cancellationToken);

    /// <summary>
    /// A ref that can't stay where one of these is made (<see cref="RefName.ClashesWith"/>); null where there is none. Costs a few reads a name,
    /// whatever refs there are.
    /// </summary>
    /// <param name="names">To be made.</param>
    /// <param name="gone">Refs that will be gone by then.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    ValueTask<RefName?> FindClashAsync(IReadOnlyList<RefName> names, IReadOnlySet<RefName> gone, CancellationToken cancellationToken);

    /// <summary>Makes all changes or none, durably, and appends them to the log as one update. A ref may stand once in an update.</summary>
    /// <param name="changes">May be empty when only the default branch is set.</param>
    /// <param name="defaultBranch">Set together with the changes; null leaves it.</param>
    /// <param name="cancellationToken">Has no effect once the update is being written.</param>
    ValueTask<RefUpdateResult> UpdateAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken);

    /// <summary>
    /// Several updates, one after the other, as by <see cref="UpdateAsync"/>: each is made or refused by itself and sees those before it.
    /// All are durable when the call returns, for the price of one.
    /// </summary>
    ValueTask<IReadOnlyList<RefUpdateResult>> UpdateManyAsync(IReadOnlyList<RefUpdateRequest> updates, CancellationToken cancellationToken);

    /// <summary>
    /// Updates after an offset, oldest first, as many as fit in both limits, at least one where there is any. None when the offset lies before what
    /// is kept: the page says where that begins.
    /// </summary>
    /// <param name="afterOffset">0 or more; past the newest there is nothing.</param>
    /// <param name="countMax">At least 1.</param>
    /// <param name="bytesMax">Of the updates as they are stored, about.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<RefLogPage> ReadLogAsync(long afterOffset, int countMax, int bytesMax, CancellationToken cancellationToken);

    /// <summary>Returns when the log holds an update after the offset: at once, or as soon as one is made through this engine.</summary>
    Task WaitForUpdateAsync(long afterOffset, CancellationToken cancellationToken);

    /// <summary>Drops the oldest updates of the log: all beyond a count, and all before a time. The newest always stays, and offsets are never reused.</summary>
    /// <param name="countMax">Updates to keep at most; at least 1.</param>
    /// <param name="keepFromUnixMilliseconds">Updates before this are dropped; null: none for their age.</param>
    /// <param name="cancellationToken">Has no effect once updates are being dropped.</param>
    /// <returns>How many were dropped.</returns>
    ValueTask<long> TrimLogAsync(long countMax, long? keepFromUnixMilliseconds, CancellationToken cancellationToken);
}
