using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// The names of a working copy's files and of those of its clone, which several working copies may share: what a name here lies in, <see cref="State"/> or <see cref="Store"/>, says
/// whose it is. Layout in FORMAT.md and in Worktrees/FORMAT.md.
/// </summary>
/// <param name="WorkingCopy">The directory that holds <c>.mr</c>.</param>
public sealed record ClonePaths(string WorkingCopy)
{
    public const string DirectoryName = ".mr";

    private string? _store;

    /// <summary>The working copy's own.</summary>
    public string State => Path.Combine(WorkingCopy, DirectoryName);

    /// <summary>What all working copies of the clone share: the first one's <see cref="State"/>. Reads a small file once in a working copy that was added.</summary>
    public string Store => _store ??= WorktreeLink.Read(this)?.Store ?? State;

    /// <summary>It was added to a clone that was made elsewhere.</summary>
    public bool IsLinked => !string.Equals(Store, State, StringComparison.Ordinal);

    public string Config => Path.Combine(Store, "config.json");

    /// <summary>Of the working copy: who holds it holds the clone's, too (<see cref="CloneLock"/>).</summary>
    public string Lock => Path.Combine(State, "lock");

    public string Refs => Path.Combine(Store, "refs");

    /// <summary>Not there while the first download is not finished.</summary>
    public string Head => Path.Combine(State, "HEAD");

    public string Offer => Path.Combine(Store, "offer");

    public string History => Path.Combine(Store, "history");

    /// <summary>The server's commits of a shallow clone; not there in others.</summary>
    public string Shallow => Path.Combine(Store, "shallow");

    /// <summary>Histories of paths as the server told them.</summary>
    public string PathHistories => Path.Combine(Store, "paths");

    /// <summary>What the working copy has of the tree, where that is not all.</summary>
    public string Sparse => Path.Combine(State, "sparse");

    /// <summary>Patterns of files that the user wants ignored in all working copies.</summary>
    public string Exclude => Path.Combine(Store, "info", "exclude");

    public string Dirstate => Path.Combine(State, "dirstate");

    /// <summary>There while a checkout is under way, or was cut.</summary>
    public string CheckoutJournal => Path.Combine(State, "checkout.journal");

    /// <summary>Commits made here.</summary>
    public string Local => Path.Combine(Store, "local");

    /// <summary>What must work without the server.</summary>
    public string Offline => Path.Combine(Store, "offline");

    /// <summary>What commands did, for undo.</summary>
    public string Operations => Path.Combine(State, "operations");

    /// <summary>Contents that commands overwrote though no commit had them, and stashes: never sent.</summary>
    public string Kept => Path.Combine(Store, "kept");

    /// <summary>The working copies that were added: a file each.</summary>
    public string Worktrees => Path.Combine(Store, "worktrees");

    public bool Equals(ClonePaths? other) => other is not null && string.Equals(WorkingCopy, other.WorkingCopy, StringComparison.Ordinal);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(WorkingCopy);
}
