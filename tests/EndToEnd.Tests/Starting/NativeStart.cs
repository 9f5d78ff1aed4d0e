using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Starting;

/// <summary>What the published client needs before it does any work: no runtime, and no library that the command has no use for.</summary>
[Collection(nameof(OddHistory))]
public sealed class NativeStart(OddHistory served)
{
    [Fact]
    public async Task The_client_loads_no_runtime()
    {
        const string runtime = "libcoreclr";
        Assert.DoesNotContain(runtime, (await LoadingAsync(Programs.Client, "--version")).Errors, StringComparison.Ordinal);
        // A program that does, which shows that it would be seen.
        Assert.Contains(runtime, (await LoadingAsync(Programs.Admin, "--version")).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log", "-n", "1")]
    [InlineData("status")]
    public async Task A_local_command_leaves_ucx_alone(params string[] arguments) =>
        Assert.DoesNotContain("libucp", (await LoadingAsync(Programs.Client, arguments)).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task A_command_that_fetches_contents_loads_ucx()
    {
        // Shows that the test above would see it.
        ProgramResult clone = await LoadingAsync(Programs.Client, "clone", served.Url, served.User.PathTo("loading"));
        Assert.Contains("libucp", clone.Errors, StringComparison.Ordinal);
    }

    // The dynamic linker names every file that it loads on standard error.
    private async Task<ProgramResult> LoadingAsync(string program, params string[] arguments)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["LD_DEBUG"] = "files", ["MR_CACHE_DIR"] = served.User.PathTo("loading-cache"), ["MR_BLOBS"] = "" };
        using ProgramRun run = ProgramRun.Start(program, served.Copy, environment, arguments);
        return (await run.FinishAsync()).Succeeds();
    }
}
