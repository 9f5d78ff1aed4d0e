namespace Monorepo.Workspace.Remote;

/// <summary>What a command fetches; its ledger has a line for each.</summary>
public enum FetchKind
{
    /// <summary>Commits and refs.</summary>
    History,

    /// <summary>Directories.</summary>
    Trees,

    /// <summary>Objects by id: files' contents, links, tags.</summary>
    Contents,

    /// <summary>Which commits changed paths.</summary>
    PathHistory,

    /// <summary>All else: offers of transports, sizes, pushes.</summary>
    Other,
}
