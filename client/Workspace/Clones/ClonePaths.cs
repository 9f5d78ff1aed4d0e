namespace Monorepo.Workspace.Clones;

/// <summary>The names in a clone's directory. Layout in FORMAT.md.</summary>
/// <param name="WorkingCopy">The directory that holds <c>.mr</c>.</param>
public sealed record ClonePaths(string WorkingCopy)
{
    public const string DirectoryName = ".mr";

    public string State => Path.Combine(WorkingCopy, DirectoryName);

    public string Config => Path.Combine(State, "config.json");

    public string Lock => Path.Combine(State, "lock");

    public string Refs => Path.Combine(State, "refs");

    /// <summary>Not there while the first download is not finished.</summary>
    public string Head => Path.Combine(State, "HEAD");

    public string Offer => Path.Combine(State, "offer");

    public string History => Path.Combine(State, "history");

    /// <summary>The server's commits of a shallow clone; not there in others.</summary>
    public string Shallow => Path.Combine(State, "shallow");

    /// <summary>Histories of paths as the server told them.</summary>
    public string PathHistories => Path.Combine(State, "paths");

    /// <summary>What the working copy has of the tree, where that is not all.</summary>
    public string Sparse => Path.Combine(State, "sparse");

    public string Dirstate => Path.Combine(State, "dirstate");

    /// <summary>There while a checkout is under way, or was cut.</summary>
    public string CheckoutJournal => Path.Combine(State, "checkout.journal");

    /// <summary>Commits made here.</summary>
    public string Local => Path.Combine(State, "local");

    /// <summary>What commands did, for undo.</summary>
    public string Operations => Path.Combine(State, "operations");

    /// <summary>Contents that commands overwrote though no commit had them, and stashes: never sent.</summary>
    public string Kept => Path.Combine(State, "kept");
}
