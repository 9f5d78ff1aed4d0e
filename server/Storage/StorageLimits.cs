using Monorepo.Formats.History;

namespace Monorepo.Storage;

/// <summary>The checks of the interfaces' named limits, the same in every engine.</summary>
public static class StorageLimits
{
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="IObjectStore.IdsMax"/> ids in one call.</exception>
    public static void CheckIds(int count) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, IObjectStore.IdsMax, nameof(count));

    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="IHistoryLog.EntriesMax"/> entries in one call.</exception>
    /// <exception cref="ArgumentException">A commit that no segment could hold.</exception>
    public static void CheckEntries(IReadOnlyList<LogEntry> entries)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Count, IHistoryLog.EntriesMax, nameof(entries));
        foreach (LogEntry entry in entries)
        {
            if (entry.Body.Length > SegmentFormat.BodyBytesMax)
            {
                throw new ArgumentException($"Commit {entry.Id} has {entry.Body.Length} bytes; a commit in the log has at most {SegmentFormat.BodyBytesMax}.", nameof(entries));
            }
        }
    }

    /// <exception cref="ArgumentException">Too many changes, or a ref that stands twice.</exception>
    public static void CheckChanges(IReadOnlyList<RefChange> changes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(changes.Count, IRefStore.ChangesMax, nameof(changes));
        HashSet<Core.RefName> names = new(changes.Count);
        foreach (RefChange change in changes)
        {
            if (!names.Add(change.Name))
            {
                throw new ArgumentException($"The ref '{change.Name}' stands twice in one update.", nameof(changes));
            }
        }
    }

    /// <exception cref="ArgumentException">Too many updates in one call, or one of them breaks <see cref="CheckChanges"/>.</exception>
    public static void CheckUpdates(IReadOnlyList<RefUpdateRequest> updates)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(updates.Count, IRefStore.UpdatesMax, nameof(updates));
        foreach (RefUpdateRequest update in updates)
        {
            CheckChanges(update.Changes);
        }
    }

    /// <exception cref="ArgumentException">The lengths, a path or a position break what <see cref="IPathIndex.AppendAsync"/> asks for.</exception>
    public static void CheckPaths(long expectedLength, long length, IReadOnlyList<PathChanges> paths)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expectedLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, expectedLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paths.Count, IPathIndex.PathsMax, nameof(paths));
        foreach (PathChanges path in paths)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(path.Path.Length, IPathIndex.PathBytesMax, nameof(paths));
            long before = expectedLength - 1;
            foreach (PathChange change in path.Changes.Span)
            {
                if (change.Position <= before || change.Position >= length)
                {
                    throw new ArgumentException($"Position {change.Position} after {before} is out of order, or not below {length}.", nameof(paths));
                }

                before = change.Position;
            }
        }
    }
}
