using Monorepo.Formats.Watching;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Status;

namespace Monorepo.Workspace.Watching;

/// <summary>A status that is there without looking at the files.</summary>
public interface IReadyStatus
{
    /// <summary>The status without ignored paths, including all that happened before the call; null: it is not known, scan. Returns soon in any case.</summary>
    StatusResult? TryFind(string userIgnoreFile);
}

/// <summary>The status of a clone's watcher.</summary>
/// <param name="paths">The clone's.</param>
/// <param name="patience">How long it may take.</param>
/// <param name="start">Called where no watcher of this version runs.</param>
public sealed class WatchedStatus(WatcherPaths paths, TimeSpan patience, Action<AskOutcome> start) : IReadyStatus
{
    public StatusResult? TryFind(string userIgnoreFile) => Ask(userIgnoreFile) is { Outcome: WatchOutcome.Done } answer ? ToResult(answer) : null;

    /// <summary>What the watcher says; null: nothing, in time.</summary>
    public StatusAnswer? Ask(string userIgnoreFile)
    {
        AskOutcome outcome = new WatcherClient(paths).AskStatus(userIgnoreFile, patience, out StatusAnswer? answer);
        if (outcome is AskOutcome.NotThere or AskOutcome.OtherVersion)
            start(outcome);
        return answer;
    }

    public static StatusResult ToResult(StatusAnswer answer) => new(
        [.. answer.Entries.Select(static e => new StatusEntry(e.Path, (StatusCode)e.Code))],
        [],
        [.. answer.Unreadable.Select(static u => new UnreadablePath(u.Path, u.Operation, (Errno)u.Errno))],
        answer.Unreadable.Count,
        0);
}
