namespace Monorepo.Workspace.History;

/// <summary>
/// The clone's history files, or the commits a server sent, are not what they must be. All of them can be fetched again;
/// the message says how.
/// </summary>
public sealed class CorruptHistoryException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Damage that only fetching the history again mends.</summary>
    internal static CorruptHistoryException Refetch(string directory, string what, Exception? inner = null) =>
        new($"{what} Remove the folder '{directory}' and run 'mr pull': it fetches the history again and changes nothing else.", inner);
}
