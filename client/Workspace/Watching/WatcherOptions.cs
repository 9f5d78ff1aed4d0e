using Monorepo.Formats.Watching;
using Monorepo.Watcher;

namespace Monorepo.Workspace.Watching;

/// <summary>How a watcher runs.</summary>
public sealed record WatcherOptions
{
    /// <summary>Of the program, for people.</summary>
    public required string Version { get; init; }

    public EventSourceKind Source { get; init; } = EventSourceKind.Inotify;

    /// <summary>A watcher that nobody asks for so long ends: a day and a night, so that it is there the next morning.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromHours(36);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The user's ignore file to get ready with; the questions name it too.</summary>
    public string UserIgnoreFile { get; init; } = "";

    /// <summary>Runs a command for somebody; called by several threads at once. Null: that is not known here.</summary>
    public Func<CommandQuestion, CommandAnswer>? RunCommand { get; init; }
}
