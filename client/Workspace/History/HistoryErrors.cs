namespace Monorepo.Workspace.History;

/// <summary>The clone's history files, or the commits a server sent, are not what they must be. Cloning again helps.</summary>
public sealed class CorruptHistoryException(string message, Exception? inner = null) : IOException(message, inner);
