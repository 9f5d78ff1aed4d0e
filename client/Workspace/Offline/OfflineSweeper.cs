using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Offline;

/// <summary>Takes away kept objects that no declaration needs.</summary>
public static class OfflineSweeper
{
    /// <summary>The caller holds the offline lock.</summary>
    /// <returns>Bytes freed, or that would be; null: nothing was touched, because a declared tree is missing.</returns>
    public static async Task<long?> SweepAsync(OfflineStore store, bool isDryRun, Action<CacheWarning>? onWarning)
    {
        using ObjectCache? kept = store.TryOpenObjects(onWarning);
        if (kept is null)
        {
            return 0;
        }

        DeclaredObjects needed = await DeclaredObjects.ListKeptAsync(store.Load(), kept, CancellationToken.None);
        return needed.MissingTrees.Count > 0 ? null : kept.Compact([.. needed.Trees.Keys, .. needed.Contents.Keys], isDryRun);
    }
}
