using Monorepo.Cli;

return await CommandLine.RunAsync(Surroundings.Read(), args);
