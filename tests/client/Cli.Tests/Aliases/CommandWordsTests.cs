using Monorepo.Cli.Aliases;

namespace Monorepo.Cli.Tests.Aliases;

public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  log  -n 1 ", new[] { "log", "-n", "1" })]
    [InlineData("log --format='%h %s'", new[] { "log", "--format=%h %s" })]
    [InlineData("a \"b c\" d\\ e", new[] { "a", "b c", "d e" })]
    [InlineData("'it''s' \"a'b\" 'a\"b'", new[] { "its", "a'b", "a\"b" })]
    [InlineData("'' \"\"", new[] { "", "" })]
    [InlineData("'a\\b' \"a\\\"b\"", new[] { "a\\b", "a\"b" })]
    public void Words_are_parted_as_a_shell_parts_them(string text, string[] words) => Assert.Equal(words, CommandWords.Split(text));

    [Theory]
    [InlineData("'open")]
    [InlineData("open\"")]
    [InlineData("end\\")]
    public void What_is_not_closed_is_refused(string text) => Assert.Throws<FormatException>(() => CommandWords.Split(text));
}
