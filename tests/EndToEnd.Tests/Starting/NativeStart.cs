using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Starting;

/// <summary>What the published client needs before it does any work: no runtime, and no library that the command has no use for.</summary>
[Collection(nameof(OddHistory))]
public sealed class NativeStart(OddHistory served)
{
    [Fact]
    public async Task The_client_runs_where_no_runtime_is_installed()
    {
        ProgramResult version = await RunAsync(served.User.Folder, "DOTNET_ROOT", "/no/runtime/here", "--version");
        Assert.NotEmpty(version.Text.Trim());
    }

    [Theory]
    [InlineData("log", "-n", "1")]
    [InlineData("status")]
    public async Task A_local_command_leaves_ucx_alone(params string[] arguments) =>
        Assert.DoesNotContain("libucp", (await RunAsync(served.Copy, "LD_DEBUG", "files", arguments)).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task A_command_that_fetches_contents_loads_ucx()
    {
        // Shows that the test above would see it.
        string copy = served.User.PathTo("fetching");
        ProgramResult clone = await RunAsync(
            served.User.Folder, "LD_DEBUG", "files", "clone", served.Url, copy);
        Assert.Contains("libucp", clone.Errors, StringComparison.Ordinal);
    }

    private static async Task<ProgramResult> RunAsync(string directory, string variable, string value, params string[] arguments)
    {
        using User user = new();
        user.Set(variable, value);
        return (await user.RunInAsync(directory, arguments)).Succeeds();
    }
}
