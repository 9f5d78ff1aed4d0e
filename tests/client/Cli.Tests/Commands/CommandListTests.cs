using System.CommandLine;
using Monorepo.Cli.Commands;

namespace Monorepo.Cli.Tests.Commands;

/// <summary>One command of the line is made alone, and must be the one that all of them together hold.</summary>
public sealed class CommandListTests(TangledHistory history) : IClassFixture<TangledHistory>
{
    private static readonly Surroundings s_none = new("/none", "/none", "/", ForceGrpc: true);

    [Fact]
    public void A_command_is_found_by_its_own_name()
    {
        foreach (Command command in CommandList.Create(s_none))
        {
            Assert.True(CommandList.Contains(command.Name), $"'{command.Name}' is listed under another name.");
            Assert.Equal(command.Name, CommandList.Create(command.Name, s_none)!.Name);
            Assert.Empty(command.Aliases);
        }

        Assert.False(CommandList.Contains("nonsense"));
        Assert.Null(CommandList.Create("nonsense", s_none));
    }

    [Theory]
    [InlineData(0, "log", "--help")]
    [InlineData(0, "log", "-h")]
    [InlineData(0, "log", "-?")]
    [InlineData(0, "--no-pager", "log", "--oneline", "-h")]
    [InlineData(0, "--help")]
    [InlineData(0, "--version")]
    [InlineData(2, "log", "--nonsense")]
    [InlineData(2, "nonsense")]
    [InlineData(0, "log", "--oneline", "-n", "1")]
    [InlineData(0, "--config", "color=never", "log", "--oneline", "-n", "1")]
    public async Task Words_are_understood_whether_one_command_is_made_or_all(int code, params string[] words) =>
        Assert.Equal(code, (await history.RunAsync(words)).Code);
}
