using System.Diagnostics;
using System.Text;
using Monorepo.Cli.Tests.Commands;
using Monorepo.Workspace.Tests;

namespace Monorepo.Cli.Tests.Completion;

/// <summary>What a shell is offered, and that the scripts are ones that a shell takes.</summary>
public sealed class CompletionTests(TangledHistory history) : IClassFixture<TangledHistory>
{
    [Theory]
    [InlineData("chec", "checkout")]
    [InlineData("stat", "status")]
    [InlineData("checkout --for", "--force")]
    [InlineData("log --onel", "--oneline")]
    [InlineData("checkout v2-", "v2-again")]
    [InlineData("checkout mai", "main")]
    [InlineData("push mai", "main")]
    public async Task A_word_that_was_begun_is_ended(string words, string expected) => Assert.Equal([expected], await OfferedAsync(words.Split(' ')));

    [Fact]
    public async Task Refs_are_offered_for_an_empty_word_and_options_are_not()
    {
        string[] offered = await OfferedAsync("checkout", "");

        Assert.Contains("main", offered);
        Assert.Contains("light", offered);
        Assert.DoesNotContain(offered, o => o.StartsWith('-') || o.StartsWith('/'));
    }

    [Fact]
    public async Task All_commands_but_hidden_ones_are_offered()
    {
        string[] offered = await OfferedAsync("");

        Assert.Contains("clone", offered);
        Assert.DoesNotContain("__complete", offered);
    }

    [Fact]
    public async Task Outside_of_a_clone_options_are_still_offered()
    {
        using TempDirectory elsewhere = new();
        using MemoryStream output = new();
        Surroundings surroundings = new(elsewhere.File("cache"), elsewhere.File("ignore"), Directory.CreateDirectory(elsewhere.File("plain")).FullName, ForceGrpc: true) { OpenOutput = () => output };

        Assert.Equal(0, await CommandLine.RunAsync(surroundings, ["__complete", "--", "checkout", "--for"], TestContext.Current.CancellationToken));

        Assert.StartsWith("--force\t", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcsh")]
    [InlineData("--", "tcsh")]
    public async Task A_shell_without_a_script_is_a_mistake_of_the_user(params string[] words) => Assert.Equal(2, (await history.RunAsync(["completion", .. words])).Code);

    [Fact]
    public async Task Bash_takes_what_mr_answers()
    {
        using TempDirectory directory = new();
        (int code, byte[] script) = await history.RunAsync("completion", "bash");
        Assert.Equal(0, code);
        (_, byte[] answers) = await history.RunAsync("__complete", "--", "chec");
        await File.WriteAllBytesAsync(directory.File("script"), script, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(directory.File("answers"), answers, TestContext.Current.CancellationToken);

        // The program that the script asks is a function here: it checks the words and gives mr's own answers.
        string program = """
            source "$1"; told=$2
            mr() { [ "$#:$1:$2:$3" = 3:__complete:--:chec ] && cat "$told"; }
            COMP_WORDS=(mr chec); COMP_CWORD=1; _mr; printf '%s\n' "${COMPREPLY[@]}"; complete -p mr
            """;
        string[] lines = await RunAsync("/bin/bash", "-c", program, "bash", directory.File("script"), directory.File("answers"));

        Assert.Equal(["checkout", "complete -o default -F _mr mr"], lines);
    }

    private async Task<string[]> OfferedAsync(params string[] words)
    {
        (int code, byte[] output) = await history.RunAsync(["__complete", "--", .. words]);
        Assert.Equal(0, code);
        return [.. Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0])];
    }

    private static async Task<string[]> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
