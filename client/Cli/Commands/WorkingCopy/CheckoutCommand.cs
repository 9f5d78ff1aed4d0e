namespace Monorepo.Cli.Commands.WorkingCopy;

public static class CheckoutCommand
{
    public static Task<ExitCode> RunAsync(CommandContext context, string revision, bool force, CancellationToken cancellationToken) => Task.FromResult(ExitCode.Success);
}
