using Monorepo.Core;
using Monorepo.Import.Sources;
using Monorepo.Storage;

namespace Monorepo.Import;

/// <summary>What the source's refs lead to, for those that the target does not have like that.</summary>
internal sealed class RefTargets
{
    /// <summary>Commits to import with all they reach.</summary>
    public HashSet<ObjectId> Commits { get; } = [];

    /// <summary>Annotated tags, to be copied themselves.</summary>
    public HashSet<ObjectId> Tags { get; } = [];

    /// <summary>Trees that a ref or tag names.</summary>
    public HashSet<ObjectId> Trees { get; } = [];

    /// <summary>Blobs that a ref or tag names.</summary>
    public HashSet<ObjectId> Blobs { get; } = [];

    /// <summary>For each annotated tag that a ref names, what it names in the end.</summary>
    public Dictionary<ObjectId, ObjectId> Peeled { get; } = [];

    /// <exception cref="ImportException">An object is missing or damaged.</exception>
    public static RefTargets Resolve(GitSource git, IReadOnlyList<SourceRef> refs, RefSnapshot present)
    {
        var targets = new RefTargets();
        HashSet<ObjectId> stored = [.. present.Refs.Select(static known => known.Target)];
        foreach (SourceRef reference in refs)
        {
            ObjectId end = targets.Follow(git, reference, isStored: stored.Contains(reference.Target));
            if (end != reference.Target)
                targets.Peeled[reference.Target] = end;
        }

        return targets;
    }

    private ObjectId Follow(GitSource git, SourceRef reference, bool isStored)
    {
        ObjectId id = reference.Target;
        for (int depth = 0; depth < ImportLimits.TagDepthMax; depth++)
        {
            ObjectKind kind = git.FindKind(id)
                ?? throw new ImportException(ImportFailure.ObjectMissing, $"The object {id} that {reference.Name} leads to is missing from the source.");
            if (!isStored)
                SetOf(kind).Add(id);
            if (kind != ObjectKind.Tag)
                return id;
            id = git.ReadTag(id).Target;
        }

        throw new ImportException(ImportFailure.ObjectDamaged, $"{reference.Name} leads through more than {ImportLimits.TagDepthMax} tags.");
    }

    private HashSet<ObjectId> SetOf(ObjectKind kind) => kind switch
    {
        ObjectKind.Commit => Commits,
        ObjectKind.Tree => Trees,
        ObjectKind.Blob => Blobs,
        _ => Tags,
    };
}
