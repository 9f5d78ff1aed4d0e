using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Status;

/// <summary>What a scan is asked for.</summary>
public sealed record StatusOptions
{
    /// <summary>List ignored paths too, as <c>git status --ignored=traditional</c>. Costs a walk through ignored directories.</summary>
    public bool IncludeIgnored { get; init; }

    /// <summary>List every untracked file by itself, as <c>git status --untracked-files=all</c>. A repository inside stays one path.</summary>
    public bool ExpandUntracked { get; init; }

    /// <summary>List directories without tracked files that hold no file at all as untracked, too: what <c>git clean -d</c> removes.</summary>
    public bool IncludeEmptyDirectories { get; init; }

    /// <summary>What is asked after all .gitignore files, in this order: the clone's exclude file, then the user's.</summary>
    public IReadOnlyList<IgnorePatterns> IgnoreFallbacks { get; init; } = [];
}
