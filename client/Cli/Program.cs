using Monorepo.Cli;
using Monorepo.Cli.Watching;

try
{
    return (FastStatus.TryRun(args) ?? WatchedCommand.TryRun(args)) is { } code ? (int)code : await CommandLine.RunAsync(Surroundings.Read(), args);
}
catch (Exception e)
{
    // Of what is looked at before there is a command.
    return (int)ErrorReport.Print(e);
}
