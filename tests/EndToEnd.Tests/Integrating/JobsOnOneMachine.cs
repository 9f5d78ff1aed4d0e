using System.Diagnostics;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Integrating;

/// <summary>The steps that client/CI.md shows, by the script that people may run, too.</summary>
public sealed class JobsOnOneMachine
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task The_script_of_the_documentation_runs_to_its_end()
    {
        ProcessStartInfo start = new("bash", [Path.Combine(RepositoryRoot.Path, "tests", "EndToEnd.Tests", "ci.sh"), Path.GetDirectoryName(Programs.Client)!])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process script = Process.Start(start)!;
        Task<string> output = script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Assert.True(script.ExitCode == 0, $"{await output}\n{await errors}");
        Assert.Contains("all steps as they should be", await output, StringComparison.Ordinal);
    }
}
