using Monorepo.Storage.RocksDb.Tests.Crash;

return args is [CrashWriter.Command, string path, string seed]
    ? await CrashWriter.RunAsync(path, int.Parse(seed))
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
