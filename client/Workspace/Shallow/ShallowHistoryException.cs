using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Shallow;

/// <summary>
/// A question can't be answered, or not for certain, because this clone is shallow: what it needs of the history is not here. The message says what that is.
/// </summary>
public sealed class ShallowHistoryException(string message) : Exception(message)
{
    /// <summary>A walk came to a commit whose parents are not all here.</summary>
    internal static ShallowHistoryException At(CommitLog log, ObjectId commit) =>
        new($"what comes before commit {log.Abbreviate(commit)} is not here: {Of(log)}.");

    /// <summary>An answer would be a guess.</summary>
    /// <param name="log">The commits that are here.</param>
    /// <param name="what">That can't be known: "which …", "how …".</param>
    public static ShallowHistoryException Unknown(CommitLog log, string what) => new($"{what} can't be known here: {Of(log)}.");

    private static string Of(CommitLog log) => $"this clone is shallow and has only {log.ServerCount:N0} of the server's commits";
}
