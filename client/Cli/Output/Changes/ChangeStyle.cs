using Monorepo.Cli.Output.Words;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Output.Changes;

/// <summary>What is printed of changes; several together come in this order, the patch last.</summary>
[Flags]
public enum ChangeFormats
{
    None = 0,

    /// <summary>The paths.</summary>
    Names = 1,

    /// <summary>A letter and the paths.</summary>
    NameStatus = 2,

    /// <summary>Counts of lines, for machines.</summary>
    NumberStat = 4,

    /// <summary>A table of changed lines.</summary>
    Stat = 8,

    /// <summary>The last line of that table.</summary>
    ShortStat = 16,

    Patch = 32,
}

/// <summary>How changes are printed, and which renames are looked for.</summary>
public sealed record ChangeStyle
{
    public ChangeFormats Formats { get; init; }

    /// <summary>Null: renames are a removal and an addition.</summary>
    public RenameScope? Renames { get; init; } = RenameScope.Everything;

    /// <summary>Whole ids in index lines.</summary>
    public bool FullIndex { get; init; }

    /// <summary>Unchanged lines around each change of a patch.</summary>
    public int ContextLines { get; init; } = 3;

    /// <summary>Null: patches are by line.</summary>
    public WordDiffMode? Words { get; init; }

    public DiffStatSize StatSize { get; init; }

    public bool IsEmpty => Formats == ChangeFormats.None;

    /// <summary>Paths are all that is printed.</summary>
    public bool HasNamesOnly => (Formats & (ChangeFormats.Names | ChangeFormats.NameStatus)) != ChangeFormats.None;

    /// <summary>The changes whose contents printing some changes may read.</summary>
    public IEnumerable<TreeChange> Read(IReadOnlyList<TreeChange> changes) =>
        !HasNamesOnly ? changes
        : Renames is null || !changes.Any(static c => c.Old.IsAbsent) || !changes.Any(static c => c.New.IsAbsent) ? []
        : changes.Where(static c => c.Old.IsAbsent || c.New.IsAbsent);
}

/// <summary>How large a table of changed lines may be; 0: as git has it.</summary>
/// <param name="Columns">Of the whole table.</param>
/// <param name="NameColumns">Of names.</param>
/// <param name="Rows">Files; a table of more says so.</param>
public readonly record struct DiffStatSize(int Columns, int NameColumns, int Rows);
