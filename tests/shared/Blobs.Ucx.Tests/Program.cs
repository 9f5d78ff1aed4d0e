using Monorepo.Blobs.Ucx.Tests;

if (args is [ServerProcess.Verb, var port])
    return await ServerProcess.ServeAsync(int.Parse(port));
if (args.Any(arg => arg is "--server" or "--internal-msbuild-node"))
    return await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
