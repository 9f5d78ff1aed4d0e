using System.CommandLine;
using Monorepo.Cli.Help;
using Monorepo.Cli.Tests.Commands;
using Monorepo.Testing.Git;

namespace Monorepo.Cli.Tests.Help;

public sealed class HelpTests(TangledHistory history) : IClassFixture<TangledHistory>
{
    private const int NotFound = 3;

    private static readonly RootCommand s_root = CommandLine.CreateRoot(new Surroundings("/none", "/none", "/", ForceGrpc: true));

    [Fact]
    public void The_manual_is_as_the_program_is()
    {
        string path = Path.Combine(RepositoryRoot.Path, "client", "README.md");
        string text = File.ReadAllText(path);
        string fresh = Manual.Refresh(text, s_root);
        if (!string.Equals(text, fresh, StringComparison.Ordinal))
        {
            int line = text.AsSpan(0, text.AsSpan().CommonPrefixLength(fresh)).Count('\n') + 1;
            Assert.Fail($"client/README.md is not what the commands' definitions say, from line {line} on. Write its generated parts anew: mr help --refresh-manual client/README.md");
        }
    }

    [Fact]
    public void The_manual_holds_every_topic_and_all_commands()
    {
        string text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "client", "README.md"));
        Assert.All(HelpTopics.All.Select(t => t.Name).Append("commands"), part => Assert.Contains($"<!-- generated: {part} -->", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_changed_part_is_written_anew_and_the_rest_stays()
    {
        const string Text = "before\n<!-- generated: exit-codes -->\nold\n<!-- end of generated part -->\nafter\n";
        string fresh = Manual.Refresh(Text, s_root);
        Assert.DoesNotContain("old", fresh, StringComparison.Ordinal);
        Assert.Contains("| 7 | ", fresh, StringComparison.Ordinal);
        Assert.StartsWith("before\n", fresh, StringComparison.Ordinal);
        Assert.EndsWith("<!-- end of generated part -->\nafter\n", fresh, StringComparison.Ordinal);
        Assert.Equal(fresh, Manual.Refresh(fresh, s_root));
        Assert.Throws<FormatException>(() => Manual.Refresh("<!-- generated: nothing -->\n<!-- end of generated part -->", s_root));
        Assert.Throws<FormatException>(() => Manual.Refresh("<!-- generated: revisions -->\n", s_root));
    }

    [Fact]
    public void What_people_are_told_to_type_in_place_of_git_is_there()
    {
        foreach (GitRow row in GitToMr.Rows)
        {
            string[] words = row.Mr.Split(' ');
            Assert.Equal("mr", words[0]);
            Assert.StartsWith("git ", row.Git, StringComparison.Ordinal);
            Command command = CommandHelp.Find(s_root, [words[1]]) ?? throw new InvalidOperationException($"'{row.Mr}' names no command.");
            Assert.Empty(s_root.Parse(words[1..]).Errors.Select(e => $"{row.Mr}: {e.Message}"));
            Assert.False(command.Hidden);
        }
    }

    [Fact]
    public void Every_exit_code_is_explained()
    {
        string text = HelpTopics.Find("exit-codes")!.ToText();
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Contains($"  {(int)code} ", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_command_option_and_argument_says_what_it_does()
    {
        foreach (Command command in All(s_root))
        {
            Assert.False(string.IsNullOrEmpty(command.Description), $"{command.Name} has no description.");
            Assert.All(command.Options.Where(o => !o.Hidden), o => Assert.False(string.IsNullOrEmpty(o.Description), $"{command.Name} {o.Name} has no description."));
            Assert.All(command.Arguments.Where(a => !a.Hidden), a => Assert.False(string.IsNullOrEmpty(a.Description), $"{command.Name} {a.Name} has no description."));
        }
    }

    [Fact]
    public async Task Commands_topics_and_nothing_else_are_explained()
    {
        Assert.Contains("\n  status ", (await TextAsync("help")), StringComparison.Ordinal);
        Assert.Contains("\n  git-to-mr ", (await TextAsync("help")), StringComparison.Ordinal);
        Assert.DoesNotContain("__complete", await TextAsync("help"), StringComparison.Ordinal);
        Assert.Contains("--porcelain", await TextAsync("help", "status"), StringComparison.Ordinal);
        Assert.Contains("KEY", await TextAsync("help", "config", "set"), StringComparison.Ordinal);
        foreach (HelpTopic topic in HelpTopics.All)
        {
            string text = await TextAsync("help", topic.Name);
            Assert.Equal(topic.ToText(), text);
            Assert.DoesNotContain('`', text);
        }

        Assert.Equal(NotFound, (await history.RunAsync("help", "nonsense")).Code);
    }

    private static IEnumerable<Command> All(Command parent) => CommandHelp.Visible(parent).SelectMany(c => All(c).Prepend(c));

    private async Task<string> TextAsync(params string[] arguments)
    {
        (int code, byte[] output) = await history.RunAsync(arguments);
        Assert.Equal(0, code);
        return System.Text.Encoding.UTF8.GetString(output);
    }
}
