using Monorepo.Cli.Commands;
using Monorepo.Cli.Watching;

namespace Monorepo.Cli.Tests.Commands;

/// <summary>Which command lines a watcher runs.</summary>
public sealed class WatchedCommandTests
{
    private static readonly Surroundings s_none = new("/none", "/none", "/", ForceGrpc: true);

    [Fact]
    public void All_options_of_log_are_for_it_but_those_that_print_changes()
    {
        HashSet<string> ofChanges = [.. NamesOf("diff").Intersect(NamesOf("show"))];
        foreach (string name in NamesOf("log"))
        {
            // Of diff and show, too: json is each command's own.
            bool isPlain = name is "--json" or "--abbrev" || !ofChanges.Contains(name);
            Assert.True(isPlain == WatchedCommand.IsOne(["log", name, "--", "path"]), $"{name}: {isPlain}");
        }
    }

    [Theory]
    [InlineData(true, "log", "--", "path")]
    [InlineData(true, "log", "-3", "--oneline", "main..topic", "^other", "--", "path", "-p")]
    [InlineData(true, "log", "-n3", "--format=%h", "--since", "2 weeks ago", "--", "path")]
    [InlineData(false, "log", "--oneline")]
    [InlineData(false, "log", "--")]
    [InlineData(false, "log", "path")]
    [InlineData(false, "log", "-p", "--", "path")]
    [InlineData(false, "log", "-n3p", "--", "path")]
    [InlineData(false, "log", "-ip", "--", "path")]
    [InlineData(false, "log", "--stats", "--", "path")]
    [InlineData(false, "log", "--config", "color=never", "--", "path")]
    [InlineData(false, "--no-pager", "log", "--", "path")]
    [InlineData(false, "blame", "--", "path")]
    [InlineData(false)]
    public void Only_what_is_known_is_run(bool isOne, params string[] arguments) => Assert.Equal(isOne, WatchedCommand.IsOne(arguments));

    private static IEnumerable<string> NamesOf(string command) => CommandList.Create(command, s_none)!.Options.SelectMany(static o => o.Aliases.Prepend(o.Name));
}
