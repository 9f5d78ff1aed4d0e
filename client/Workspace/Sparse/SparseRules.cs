namespace Monorepo.Workspace.Sparse;

/// <summary>One line of rules.</summary>
/// <param name="IsInclude">Brings in what it matches; otherwise takes it out.</param>
/// <param name="Pattern">What it is about.</param>
public sealed record SparseRule(bool IsInclude, SparsePattern Pattern);

/// <summary>
/// Which paths of a tree a working copy has: of several rules that match a path the last one decides, and where none does, whether one of the parts has it.
/// Without parts, rules that begin with an include start from nothing, and others from everything. Immutable and thread-safe.
/// </summary>
public sealed class SparseRules
{
    public static readonly SparseRules Everything = new([], []);

    /// <param name="parts">Sets of paths of which each adds its own.</param>
    /// <param name="rules">The last that matches decides.</param>
    public SparseRules(IReadOnlyList<SparseRules> parts, IReadOnlyList<SparseRule> rules)
    {
        Parts = parts;
        Rules = rules;
        Top = SparseScope.AtTop(this);
    }

    public IReadOnlyList<SparseRules> Parts { get; }

    public IReadOnlyList<SparseRule> Rules { get; }

    /// <summary>What is there before any rule, where there are no parts.</summary>
    internal SparseCover Beginning => Rules is [{ IsInclude: true }, ..] ? SparseCover.None : SparseCover.All;

    /// <summary>The top directory, where walks begin.</summary>
    public SparseScope Top { get; }

    /// <summary>The working copy has the whole tree.</summary>
    public bool IsEverything => Top.Cover == SparseCover.All;

    /// <summary>Only these files, and all below these directories.</summary>
    public static SparseRules Of(IEnumerable<string> paths) => new([], [.. paths.Select(static p => new SparseRule(true, SparsePattern.Parse("path:" + p)))]);

    /// <summary>What either has.</summary>
    public SparseRules With(SparseRules other) => new([this, other], []);

    /// <summary>How much of a directory is in; the empty path is the top.</summary>
    public SparseCover CoverOf(ReadOnlySpan<byte> directory) => Top.CoverOf(directory);

    /// <summary>Whether a file of that path is in.</summary>
    public bool Includes(ReadOnlySpan<byte> path) => Top.IncludesPath(path);

    /// <summary>Whether all of a path is out, whether it names a file or a directory.</summary>
    public bool IsOutside(ReadOnlySpan<byte> path) => Top.IsOutside(path);

    /// <inheritdoc cref="SparseTops.Find"/>
    public IReadOnlyList<ReadOnlyMemory<byte>> FindTops() => SparseTops.Find(Top);

    public override string ToString() =>
        $"{string.Concat(Parts.Select(static p => $"({p}) "))}{string.Join(' ', Rules.Select(static r => (r.IsInclude ? "+" : "-") + r.Pattern.Text))}";
}
