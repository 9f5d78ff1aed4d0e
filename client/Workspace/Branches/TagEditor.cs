using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Local;

namespace Monorepo.Workspace.Branches;

/// <summary>Makes and deletes a clone's tags. They are local until they are pushed. Takes the clone's lock for each change.</summary>
public sealed class TagEditor(Clone clone)
{
    /// <summary>Lets a tag name an object.</summary>
    /// <param name="name">The tag.</param>
    /// <param name="target">The object.</param>
    /// <param name="annotation">Null: a lightweight tag.</param>
    /// <param name="replace">Also where there is one of that name.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public BranchChange Create(RefName name, ObjectId target, TagAnnotation? annotation, bool replace)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        ObjectId? old = BranchNames.Find(clone, name);
        if (old is not null && !replace)
        {
            return new BranchChange(BranchOutcome.Exists, name, old);
        }

        if (BranchNames.FindClash(clone, name) is { } clash)
        {
            return new BranchChange(BranchOutcome.Clashes, clash);
        }

        using LocalBatch batch = clone.Local.Begin();
        batch.SetRef(name, annotation is null ? target : batch.Add(ObjectKind.Tag, annotation.Format(name, target)));
        batch.Promise();
        return new BranchChange(BranchOutcome.Done, name, old);
    }

    /// <summary>Deletes a tag made here.</summary>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public BranchChange Delete(RefName name)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        bool isOnServer = clone.Refs.Find(name) is not null;
        if (!clone.Local.Refs.TryGetValue(name, out ObjectId target))
        {
            return new BranchChange(isOnServer ? BranchOutcome.OnServer : BranchOutcome.NotFound, name);
        }

        clone.Local.SetRefs([(name, null)]);
        return new BranchChange(BranchOutcome.Done, name, target, isOnServer);
    }
}

/// <summary>What an annotated tag says besides its target.</summary>
/// <param name="TargetKind">What it names.</param>
/// <param name="Tagger">Who made it, and when.</param>
/// <param name="Message">Cleaned; not empty.</param>
public sealed record TagAnnotation(ObjectKind TargetKind, Signature Tagger, ReadOnlyMemory<byte> Message)
{
    /// <summary>The tag object's body.</summary>
    public byte[] Format(RefName name, ObjectId target) =>
        [.. Encoding.UTF8.GetBytes($"object {target}\ntype {TargetKind.ToName()}\ntag {name.Short}\ntagger {Tagger}\n\n"), .. Message.Span];
}
