using Monorepo.Core;

namespace Monorepo.PathHistory.Building;

/// <summary>A directory of a commit beside the one at the same path in the first parent, from which it differs. The null id stands for "none there".</summary>
internal sealed class DirectoryPair
{
    /// <summary>The commit's place in the batch.</summary>
    public required int Commit { get; init; }

    /// <summary>The directory's number in the path table.</summary>
    public required int Path { get; init; }

    public required int PathBytes { get; init; }

    /// <summary>The directory it lies in; null for the root.</summary>
    public required DirectoryPair? Parent { get; init; }

    public required ObjectId Tree { get; init; }

    public required ObjectId Base { get; init; }

    /// <summary>For merges: the directory at this path in each parent after the first.</summary>
    public required ObjectId[] Others { get; init; }

    /// <summary>Which of those have here what the commit has; as in <see cref="Storage.PathChange"/>.</summary>
    public required ulong SameParents { get; init; }

    /// <summary>Whether a file in it or below differs. Ids alone don't say so: an empty directory or a mode that means the same changes them too.</summary>
    public bool IsChanged { get; private set; }

    public void MarkChanged()
    {
        for (DirectoryPair? at = this; at is { IsChanged: false }; at = at.Parent)
            at.IsChanged = true;
    }
}
