using Monorepo.Cli;
using Monorepo.Cli.Watching;

return (FastStatus.TryRun(args) ?? WatchedCommand.TryRun(args)) is { } code ? (int)code : await CommandLine.RunAsync(Surroundings.Read(), args);
