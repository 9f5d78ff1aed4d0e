using System.Collections.Immutable;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Operations;

/// <summary>What operations change and undo restores, at one moment. Immutable.</summary>
/// <param name="Head">What is checked out: a branch with local commits stands at the last of them.</param>
/// <param name="Refs">Local refs, stashes among them.</param>
/// <param name="Tree">The tree that the dirstate records; null before the first checkout.</param>
/// <param name="Files">Of <see cref="UnfinishedWork"/>, those that are there.</param>
public sealed record OperationState(
    HeadState Head, ImmutableSortedDictionary<RefName, ObjectId> Refs, ObjectId? Tree, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Files)
{
    public static OperationState Empty { get; } =
        new(default, ImmutableSortedDictionary<RefName, ObjectId>.Empty, null, ImmutableSortedDictionary.Create<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal));

    /// <summary>A checkout was cut here: the next command finishes it.</summary>
    public bool IsCut => Files.ContainsKey(UnfinishedWork.CheckoutJournal);

    /// <summary>The state with a change made.</summary>
    public OperationState With(StateChange change) => new(
        change.Head?.New ?? Head,
        change.Refs.Count == 0 ? Refs : WithRefs(change.Refs),
        change.Tree is { } tree ? tree.New : Tree,
        change.Files.Count == 0 ? Files : WithFiles(change.Files));

    private ImmutableSortedDictionary<RefName, ObjectId> WithRefs(IReadOnlyList<RefMove> moves)
    {
        ImmutableSortedDictionary<RefName, ObjectId>.Builder refs = Refs.ToBuilder();
        foreach (RefMove move in moves)
        {
            if (move.New is { } target)
            {
                refs[move.Name] = target;
            }
            else
            {
                refs.Remove(move.Name);
            }
        }

        return refs.ToImmutable();
    }

    private ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> WithFiles(IReadOnlyList<StateFileChange> changes)
    {
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Builder files = Files.ToBuilder();
        foreach (StateFileChange file in changes)
        {
            if (file.New is { } content)
            {
                files[file.Name] = content;
            }
            else
            {
                files.Remove(file.Name);
            }
        }

        return files.ToImmutable();
    }
}

/// <summary>HEAD's change.</summary>
public readonly record struct HeadMove(HeadState Old, HeadState New);

/// <summary>The change of the recorded tree.</summary>
public readonly record struct TreeMove(ObjectId? Old, ObjectId? New);

/// <summary>The change of a file of <see cref="UnfinishedWork"/>; null: it is not there.</summary>
public readonly record struct StateFileChange(string Name, ReadOnlyMemory<byte>? Old, ReadOnlyMemory<byte>? New);

/// <summary>What differs between two states.</summary>
/// <param name="Head">Null: the same.</param>
/// <param name="Tree">Null: the same.</param>
/// <param name="Refs">Those that differ, by name.</param>
/// <param name="Files">Those that differ, by name.</param>
public sealed record StateChange(HeadMove? Head, TreeMove? Tree, IReadOnlyList<RefMove> Refs, IReadOnlyList<StateFileChange> Files)
{
    public bool IsEmpty => Head is null && Tree is null && Refs.Count == 0 && Files.Count == 0;

    public static StateChange Between(OperationState old, OperationState fresh) => new(
        old.Head == fresh.Head ? null : new HeadMove(old.Head, fresh.Head),
        old.Tree == fresh.Tree ? null : new TreeMove(old.Tree, fresh.Tree),
        [.. old.Refs.Keys.Union(fresh.Refs.Keys).Order().Select(name => new RefMove(name, Find(old.Refs, name), Find(fresh.Refs, name))).Where(static m => m.Old != m.New)],
        [
            .. old.Files.Keys.Union(fresh.Files.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(name => new StateFileChange(name, Find(old.Files, name), Find(fresh.Files, name)))
                .Where(static f => f is not ({ Old: { } a, New: { } b }) || !a.Span.SequenceEqual(b.Span)),
        ]);

    /// <summary>The change that takes this one back.</summary>
    public StateChange Inverse() => new(
        Head is { } head ? new HeadMove(head.New, head.Old) : null,
        Tree is { } tree ? new TreeMove(tree.New, tree.Old) : null,
        [.. Refs.Select(static m => new RefMove(m.Name, m.New, m.Old))],
        [.. Files.Select(static f => new StateFileChange(f.Name, f.New, f.Old))]);

    /// <summary>Whether all that changes here is, in a state, as it was before the change.</summary>
    public bool StartsAt(OperationState state) =>
        (Head is not { } head || head.Old == state.Head)
        && (Tree is not { } tree || tree.Old == state.Tree)
        && Refs.All(m => m.Old == Find(state.Refs, m.Name))
        && Files.All(f => Same(f.Old, Find(state.Files, f.Name)));

    /// <summary>Whether two changes have something in common that they change.</summary>
    public bool Touches(StateChange other) =>
        (Head is not null && other.Head is not null)
        || (Tree is not null && other.Tree is not null)
        || Refs.Any(m => other.Refs.Any(o => o.Name == m.Name))
        || Files.Any(f => other.Files.Any(o => o.Name == f.Name));

    private static ObjectId? Find(ImmutableSortedDictionary<RefName, ObjectId> refs, RefName name) => refs.TryGetValue(name, out ObjectId id) ? id : null;

    private static ReadOnlyMemory<byte>? Find(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> files, string name) =>
        files.TryGetValue(name, out ReadOnlyMemory<byte> content) ? (ReadOnlyMemory<byte>?)content : null;

    private static bool Same(ReadOnlyMemory<byte>? a, ReadOnlyMemory<byte>? b) => a is { } x ? b is { } y && x.Span.SequenceEqual(y.Span) : b is null;
}
