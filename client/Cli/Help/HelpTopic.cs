namespace Monorepo.Cli.Help;

/// <summary>Something that the manual explains beside commands.</summary>
/// <param name="Name">As in <c>mr help NAME</c>.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Introduction">What stands before the table; one paragraph, without line breaks.</param>
/// <param name="Table">What it lists.</param>
public sealed record HelpTopic(string Name, string Summary, string Introduction, HelpTable Table)
{
    /// <summary>For a terminal.</summary>
    public string ToText() => $"{HelpTable.Wrap(Introduction)}\n{Table.ToText()}";

    public string ToMarkdown() => $"{Introduction}\n\n{Table.ToMarkdown()}";
}
