using Monorepo.Cli.Output.Changes;
using Monorepo.Cli.Output.Log;
using Monorepo.Workspace.History.Matching;
using Monorepo.Workspace.History.Walking;

namespace Monorepo.Cli.Commands.History.Log;

/// <summary>What a <c>mr log</c> command line asks for, checked.</summary>
public sealed record LogRequest
{
    /// <summary>Revisions, ranges and <c>^REV</c>; none: HEAD.</summary>
    public IReadOnlyList<string> Revisions { get; init; } = [];

    /// <summary>What stands behind <c>--</c>.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Start at every ref and HEAD.</summary>
    public bool All { get; init; }

    public LogOrder Order { get; init; }

    public bool FirstParent { get; init; }

    public long? SinceSeconds { get; init; }

    public CommitCriteria Criteria { get; init; } = new();

    /// <summary>Commits passed over first.</summary>
    public int Skip { get; init; }

    /// <summary>Null: no limit.</summary>
    public int? Count { get; init; }

    /// <summary>The chosen commits in reverse order.</summary>
    public bool Reverse { get; init; }

    public bool Graph { get; init; }

    public LogStyle Style { get; init; } = new();

    /// <summary>How each commit's changes are printed; empty: they are not.</summary>
    public ChangeStyle Changes { get; init; } = new();
}

/// <summary>How commits are written.</summary>
public sealed record LogStyle
{
    /// <summary>As <c>--format</c> takes it; null: the default, or one line.</summary>
    public string? Format { get; init; }

    public bool OneLine { get; init; }

    public bool Json { get; init; }

    /// <summary>Shorten the ids of commits where the format has them whole.</summary>
    public bool AbbreviateCommits { get; init; }

    /// <summary>0: as many as are unique.</summary>
    public int Digits { get; init; }

    public DateStyle Date { get; init; }

    public DecorationStyle Decoration { get; init; }
}

/// <summary>Which refs stand behind ids.</summary>
public enum DecorationStyle
{
    /// <summary>Short names on a terminal, none elsewhere.</summary>
    Auto,
    None,
    Short,
    Full,
}
