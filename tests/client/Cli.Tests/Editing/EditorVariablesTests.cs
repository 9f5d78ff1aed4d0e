using Monorepo.Cli.Editing;

namespace Monorepo.Cli.Tests.Editing;

/// <summary>Which editor is taken, and where there is none.</summary>
public sealed class EditorVariablesTests
{
    [Fact]
    public void Ours_comes_first_and_then_gits_order()
    {
        EditorVariables all = new("own", "git", "visual", "editor", HasTerminal: true);
        Assert.Equal("own", all.Choose("configured"));
        Assert.Equal("git", (all with { Own = null }).Choose("configured"));
        Assert.Equal("configured", (all with { Own = null, Git = null }).Choose("configured"));
        Assert.Equal("visual", (all with { Own = null, Git = null }).Choose());
        Assert.Equal("editor", (all with { Own = null, Git = null, Visual = null }).Choose());
        Assert.Equal("vi", (EditorVariables.None with { HasTerminal = true }).Choose());
    }

    [Fact]
    public void Without_a_terminal_only_what_was_named_for_it_is_taken()
    {
        EditorVariables all = new("own", "git", "visual", "editor", HasTerminal: false);
        Assert.Equal("own", all.Choose());
        Assert.Equal("editor", (all with { Own = null, Git = null }).Choose());
        Assert.Null(new EditorVariables(null, null, "visual", null, HasTerminal: false).Choose());
        Assert.Null(EditorVariables.None.Choose());
    }
}
