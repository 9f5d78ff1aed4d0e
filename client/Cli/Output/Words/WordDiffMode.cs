namespace Monorepo.Cli.Output.Words;

/// <summary>How changed words are shown.</summary>
public enum WordDiffMode
{
    /// <summary><c>[-removed-]</c> and <c>{+added+}</c>.</summary>
    Plain,

    /// <summary>By colour alone.</summary>
    Color,

    /// <summary>A line for each piece, for machines.</summary>
    Porcelain,
}
