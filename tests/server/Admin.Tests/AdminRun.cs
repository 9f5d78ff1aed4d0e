namespace Monorepo.Admin.Tests;

/// <summary>One command run in this process: what it printed and its exit code.</summary>
internal sealed record AdminRun(ExitCode Code, string Output, string Errors)
{
    public static async Task<AdminRun> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = await AdminCommandLine.RunAsync(arguments, output, errors);
        return new AdminRun((ExitCode)code, output.ToString(), errors.ToString());
    }
}
