using Monorepo.Core;
using Monorepo.Import.Sources;
using Monorepo.Storage;

namespace Monorepo.Import;

/// <summary>What must change so that the target's refs are the source's.</summary>
internal sealed record RefMirror(IReadOnlyList<RefChange> Changes, IReadOnlyList<ImportedRef> Described, int Unchanged)
{
    /// <param name="source">The refs to have.</param>
    /// <param name="peeled">For refs that name annotated tags, what those name in the end.</param>
    /// <param name="target">The refs there are.</param>
    /// <param name="deleteMissing">Delete what the source does not have.</param>
    public static RefMirror Plan(
        IReadOnlyList<SourceRef> source, IReadOnlyDictionary<ObjectId, ObjectId> peeled, RefSnapshot target, bool deleteMissing)
    {
        Dictionary<RefName, ObjectId> present = target.Refs.ToDictionary(static stored => stored.Name, static stored => stored.Target);
        var changes = new List<RefChange>();
        int unchanged = 0;
        foreach (SourceRef wanted in source)
        {
            ObjectId? before = present.Remove(wanted.Name, out ObjectId found) ? found : null;
            if (before == wanted.Target)
                unchanged++;
            else
                changes.Add(new RefChange(wanted.Name, before, wanted.Target, peeled.TryGetValue(wanted.Target, out ObjectId end) ? end : null));
        }

        if (deleteMissing)
            changes.AddRange(present.Select(static gone => new RefChange(gone.Key, gone.Value, Target: null)));
        changes.Sort(static (left, right) => left.Name.CompareTo(right.Name));
        return new RefMirror(changes, [.. changes.Select(Describe)], unchanged);
    }

    private static ImportedRef Describe(RefChange change)
    {
        RefChangeKind kind = (change.Expected, change.Target) switch
        {
            (null, _) => RefChangeKind.Created,
            (_, null) => RefChangeKind.Deleted,
            _ => RefChangeKind.Moved,
        };
        return new ImportedRef(change.Name, kind, change.Expected, change.Target);
    }
}
