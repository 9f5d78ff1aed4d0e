using System.Text;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.Tests.Sparse;

public sealed class SparseProfileTests
{
    [Fact]
    public void A_profile_is_read_with_its_sections_in_any_order()
    {
        SparseProfile profile = SparseProfile.Parse("p", "\uFEFF# first\n; second\n%include base.sparse\n[exclude]\r\n  a/old\n[metadata]\ntitle: the front\nowner = me\n[include]\na\n[a-z]*/x\n\n[exclude]\nb\n"u8);
        Assert.Equal(["base.sparse"], profile.Includes);
        Assert.Equal(["+a", "+[a-z]*/x", "-a/old", "-b"], profile.Rules.Select(r => (r.IsInclude ? "+" : "-") + r.Pattern.Text));
        Assert.Equal("the front", profile.Title);
    }

    [Theory]
    [InlineData("a\n", "line 1")]
    [InlineData("[include]\n\na//b\n", "line 3")]
    [InlineData("[includes]\na\n", "line 1")]
    [InlineData("%include ../a\n", "line 1")]
    [InlineData("%include\n", "line 1")]
    [InlineData("[include]\nre:a\n", "line 2")]
    public void A_wrong_line_is_named(string text, string line)
    {
        SparseException wrong = Assert.Throws<SparseException>(() => SparseProfile.Parse("p", Encoding.UTF8.GetBytes(text)));
        Assert.Equal(SparseError.ProfileWrong, wrong.Error);
        Assert.Contains(line, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[include]\nweb\n%include b", "[include]\nbase\nweb/tools\n[exclude]\nweb", "web/x base/y", "docs/z")]
    [InlineData("%include b\n[exclude]\nbase/big", "[include]\nbase", "base/x", "base/big/y web/z")]
    [InlineData("[exclude]\nbig", "", "a big2/x", "big/x")]
    public void An_include_adds_all_the_other_has_and_takes_nothing_away(string a, string b, string inside, string outside)
    {
        SparseRules rules = Compile(["a"], ("a", a), ("b", b));
        Assert.All(inside.Split(' '), p => Assert.True(rules.Includes(Encoding.UTF8.GetBytes(p)), p));
        Assert.All(outside.Split(' '), p => Assert.False(rules.Includes(Encoding.UTF8.GetBytes(p)), p));
    }

    [Fact]
    public void Profiles_that_include_themselves_are_refused()
    {
        SparseException wrong = Assert.Throws<SparseException>(() => Compile(["a"], ("a", "%include b"), ("b", "%include c"), ("c", "%include b")));
        Assert.Contains("b → c → b", wrong.Message, StringComparison.Ordinal);

        // Twice the same by two ways is no circle.
        Assert.True(Compile(["a"], ("a", "%include b\n%include c"), ("b", "%include d"), ("c", "%include d"), ("d", "[include]\nx")).Includes("x/y"u8));
    }

    [Fact]
    public void A_state_is_read_as_it_was_written_and_never_in_part()
    {
        SparseState state = new(
            new SparseSettings(["a", "dir/b c"], [new SparseRule(false, SparsePattern.Parse("x y")), new SparseRule(true, SparsePattern.Parse("é"))]),
            [new ProfileFile("a", "[include]\nq"u8.ToArray()), new ProfileFile("dir/b c", "\n\nfile 3 x\n"u8[..2].ToArray())]);
        SparseState read = SparseState.Parse(state.Text);
        Assert.Equal(state.Id, read.Id);
        Assert.True(state.Text.SequenceEqual(read.Text));
        Assert.Equal(["a", "dir/b c"], read.Settings.Profiles);
        byte[] text = state.Text.ToArray();
        for (int length = 0; length < text.Length; length++)
        {
            try
            {
                Assert.NotEqual(state.Id, SparseState.Parse(text.AsSpan(0, length)).Id);
            }
            catch (SparseException)
            {
                // As it should be.
            }
        }
    }

    [Fact]
    public void Own_rules_replace_those_of_the_same_pattern()
    {
        SparseSettings settings = SparseSettings.None.Add(isInclude: true, ["a", "b"]).Add(isInclude: false, ["a/x", "b"]).Add(isInclude: true, ["a/x"]);
        Assert.Equal(["+a", "-b", "+a/x"], settings.Rules.Select(r => (r.IsInclude ? "+" : "-") + r.Pattern.Text));
        Assert.Equal(["p", "q"], settings.Enable(["p", "/q", "p"]).Profiles);
        Assert.Throws<SparseException>(() => settings.Enable(["../p"]));
        Assert.Throws<SparseException>(() => settings.Add(isInclude: true, ["a//b"]));
    }

    private static SparseRules Compile(string[] enabled, params (string Path, string Text)[] files) =>
        new SparseState(new SparseSettings(enabled, []), [.. files.Select(f => new ProfileFile(f.Path, Encoding.UTF8.GetBytes(f.Text)))]).Rules;
}
