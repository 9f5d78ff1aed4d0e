using Monorepo.Core;

namespace Monorepo.Import;

/// <summary>What happened to a ref.</summary>
public enum RefChangeKind
{
    Created,

    /// <summary>It names another object now, forwards or not.</summary>
    Moved,

    /// <summary>The source no longer has it.</summary>
    Deleted,
}

/// <summary>One ref that the import changed; null stands for "no ref".</summary>
public readonly record struct ImportedRef(RefName Name, RefChangeKind Kind, ObjectId? Before, ObjectId? After);

/// <summary>What an import did.</summary>
/// <param name="Commits">Appended to the log.</param>
/// <param name="Objects">Written, commits included; some may have been there already.</param>
/// <param name="Bytes">Of those objects before compression.</param>
/// <param name="RefsUnchanged">Refs that were right already.</param>
/// <param name="Refs">Refs that changed, sorted by name.</param>
/// <param name="RefsSkipped">Names that the target can't hold.</param>
/// <param name="DefaultBranch">What the source's HEAD names; null where it is detached.</param>
public sealed record ImportResult(
    long Commits, long Objects, long Bytes, int RefsUnchanged, IReadOnlyList<ImportedRef> Refs, IReadOnlyList<string> RefsSkipped, RefName? DefaultBranch);
